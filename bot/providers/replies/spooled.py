"""Raw replies as files: one line of JSON with status and headers, then the body as it came.

Written before anything is parsed, so that a paid reply outlives a crash (docs/spec/crashes.md,
K10).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from bot.providers.replies.http_answer import Answer

_KEPT_HEADERS = frozenset(
    {"content-type", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id"}
)


def first_line(status: int, headers: Mapping[str, str], received_at: float) -> bytes:
    """Write what stands above the body."""
    kept = {name.lower(): text for name, text in headers.items() if name.lower() in _KEPT_HEADERS}
    line = {"status": status, "headers": kept, "received_at": received_at}
    return json.dumps(line).encode() + b"\n"


def read_answer(path: Path) -> Answer:
    """Read a spooled reply back; FileNotFoundError where none is complete."""
    with path.open("rb") as file:
        line = json.loads(file.readline())
        body = file.read()
    return Answer(
        status=line["status"],
        headers=line["headers"],
        received_at=line["received_at"],
        body=body,
    )
