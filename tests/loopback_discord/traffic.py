"""What the bot sent over HTTP and what it was answered; must not know what a request means."""

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

from aiohttp import BodyPartReader, web

API_PREFIX = "/api/v10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file of a multipart request."""

    part: str
    name: str
    data: bytes = field(repr=False)

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(slots=True, kw_only=True)
class WireRequest:
    """One request of the bot; ``json`` is its body or, with files, its ``payload_json``.

    ``path`` lacks the API prefix. ``status`` is None while the request is unanswered, and stays
    None when the connection ended first. Times are UTC and real.
    """

    method: str
    path: str
    query: dict[str, str]
    json: Any
    files: tuple[Upload, ...]
    reason: str | None
    received_at: datetime
    answered_at: datetime | None = None
    status: int | None = None
    answer: Any = None

    def matches(self, method: str, path: str) -> bool:
        """Whether this is such a request; ``*`` stands for anything."""
        return method in ("*", self.method) and fnmatchcase(self.path, path)

    def uploads(self) -> list[Any]:
        """Return the files in the shape that SimCord's router reads, alt texts included."""
        body = self.json if isinstance(self.json, dict) else {}
        declared = body.get("attachments") or (body.get("data") or {}).get("attachments") or []
        by_index = {str(item.get("id")): item for item in declared}
        uploads: list[Any] = []
        for index, upload in enumerate(self.files):
            item = by_index.get(str(index), {})
            uploads.append(
                SimpleNamespace(
                    filename=item.get("filename") or upload.name,
                    fp=io.BytesIO(upload.data),
                    description=item.get("description"),
                )
            )
        return uploads


async def read_request(request: web.Request) -> WireRequest:
    """Read one request of the bot to its end."""
    body: Any = None
    files: list[Upload] = []
    if request.content_type.startswith("multipart/"):
        body, files = await _read_multipart(request)
    elif raw := await request.read():
        body = json.loads(raw)
    return WireRequest(
        method=request.method,
        path=request.rel_url.raw_path.removeprefix(API_PREFIX),
        query=dict(request.query),
        json=body,
        files=tuple(files),
        reason=request.headers.get("X-Audit-Log-Reason"),
        received_at=datetime.now(UTC),
    )


async def _read_multipart(request: web.Request) -> tuple[Any, list[Upload]]:
    fields: dict[str, Any] = {}
    files: list[Upload] = []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        if part.filename is not None:
            files.append(Upload(part=part.name, name=part.filename, data=data))
        elif part.name == "payload_json":
            fields.update(json.loads(data))
        else:
            fields[part.name] = data.decode()
    return fields or None, files
