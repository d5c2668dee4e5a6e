"""The bytes of a call: JSON, or a form with files; whole before anything is sent."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass

from aiohttp import MultipartWriter, hdrs
from aiohttp.payload import BytesIOPayload, StringPayload

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import EXTENSIONS, HEAD_BYTES, JPEG, picture_type
from bot.providers.dialects.dialect import HttpCall
from bot.providers.references.data_urls import decoded

JSON = "application/json"
FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """What is sent, and its Content-Type."""

    content: bytes = b""
    content_type: str = JSON


async def encoded(call: HttpCall) -> RequestBody:
    """Write the body of a call.

    Raises ProviderError for a form with a picture that has no file.
    """
    if call.files is None:
        # The encoder holds the interpreter's lock: in a thread, the event loop would wait as well.
        return RequestBody(content=_json(call.body))
    form = MultipartWriter("form-data")
    for name, value in call.body.items():
        text = StringPayload(_text(value))
        # A text is one because it names no type: some servers take every part with a type for a
        # file.
        del text.headers[hdrs.CONTENT_TYPE]
        text.set_content_disposition("form-data", name=name)
        form.append_payload(text)
    for number, (name, picture) in enumerate(call.files, start=1):
        content = await asyncio.to_thread(_bytes, picture)
        mime, filename = _named(content, number)
        file = BytesIOPayload(io.BytesIO(content), content_type=mime)
        file.set_content_disposition("form-data", name=name, filename=filename)
        form.append_payload(file)
    return RequestBody(content=await form.as_bytes(), content_type=form.content_type)


async def shown(call: HttpCall) -> dict[str, object]:
    """Return the body of a call as a person reads it: of the files of a form, what they are."""
    if call.files is None:
        return {"body": call.body}
    files = [
        await asyncio.to_thread(_shown, name, picture, number)
        for number, (name, picture) in enumerate(call.files, start=1)
    ]
    return {"body": {name: _text(value) for name, value in call.body.items()}, "files": files}


def _shown(name: str, picture: str, number: int) -> dict[str, object]:
    try:
        content = b"".join(decoded(picture))
    except ValueError:  # an address of a dry run, which opens no connection
        return {"name": name, "url": picture}
    mime, filename = _named(content, number)
    return {"name": name, "filename": filename, "type": mime, "bytes": len(content)}


def _json(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _text(value: object) -> str:
    """Write a field of a form; yes and no as JSON does."""
    return value if isinstance(value, str) else json.dumps(value)


def _bytes(picture: str) -> bytes:
    try:
        return b"".join(decoded(picture))
    except ValueError:
        failure = Failure(
            error_class=ErrorClass.BAD_REFERENCE, code="reference_file_missing", sent=False
        )
        raise ProviderError(failure) from None


def _named(content: bytes, number: int) -> tuple[str, str]:
    """Return the type of a file, by its bytes, and a name that says nothing of the member's."""
    mime = picture_type(content[:HEAD_BYTES]) or JPEG
    return mime, f"picture-{number}.{EXTENSIONS[mime][0]}"
