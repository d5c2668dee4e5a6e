"""Raw replies as files: one line of JSON with status and headers, then the body as it came.

What was compressed stays so in the file and is undone in reading it. Written before anything is
parsed, so that a paid reply outlives a crash (docs/spec/crashes.md, K10).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import picture_type
from bot.providers.replies.content_decoding import TooLargeError, looks_like_text, unpacked
from bot.providers.replies.http_answer import SMALL_BYTES, Answer

_KEPT_HEADERS = frozenset(
    {
        "content-encoding",
        "content-type",
        "operation-location",
        "retry-after",
        "retry-after-ms",
        "x-request-id",
        "x-should-retry",
    }
)
# Ten pictures of gpt-image in Base64 are the largest reply.
CAP_BYTES = 320_000_000


def first_line(status: int, headers: Mapping[str, str], received_at: float) -> bytes:
    """Write what stands above the body."""
    kept = {name.lower(): text for name, text in headers.items() if name.lower() in _KEPT_HEADERS}
    line = {"status": status, "headers": kept, "received_at": received_at}
    return json.dumps(line).encode() + b"\n"


def read_answer(path: Path) -> Answer:
    """Read a spooled reply back; FileNotFoundError where none is complete.

    Raises ProviderError for more than a reply may hold once it is unpacked.
    """
    answer = _as_it_came(path)
    encoding = answer.headers.get("content-encoding", "")
    try:
        body = unpacked(answer.body, encoding, cap_bytes=CAP_BYTES, plain=_is_plain)
    except TooLargeError:
        failure = Failure(error_class=ErrorClass.BAD_RESPONSE, code="reply_too_large")
        raise ProviderError(failure) from None
    return replace(answer, body=body)


async def answer_at(path: Path) -> Answer:
    """Read a spooled reply as `read_answer` does, in a thread unless it is small and plain."""
    return _small(path) or await asyncio.to_thread(read_answer, path)


def _small(path: Path) -> Answer | None:
    if path.stat().st_size > SMALL_BYTES:
        return None
    answer = _as_it_came(path)
    # What was compressed may hold any amount.
    return answer if _is_plain(answer.body) else None


def _as_it_came(path: Path) -> Answer:
    with path.open("rb") as file:
        line = json.loads(file.readline())
        return Answer(
            status=line["status"],
            headers=line["headers"],
            received_at=line["received_at"],
            body=file.read(),
        )


def _is_plain(body: bytes) -> bool:
    return looks_like_text(body) or picture_type(body[:64]) is not None
