"""What happens to a request before its body means anything: the key, then the bytes."""

import asyncio
import base64
import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import BodyPartReader, web

from bot.sandbox.image_apis.apis.fields import as_object
from bot.sandbox.image_apis.apis.limits import MAX_BODY_BYTES
from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal

_WRONG_KEY = "wrong"
# A form holds pictures as they are, and no cautious gateway stands before it.
_MAX_FORM_BYTES = 100_000_000
# The texts of a form that stand for numbers and for yes or no.
_NUMBERS = ("n", "output_compression", "partial_images")
_FLAGS = {"true": True, "false": False}


def check_key(headers: Mapping[str, str]) -> None:
    """Refuse a request without a bearer key, or with the key `wrong`."""
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key or key != key.strip() or key == _WRONG_KEY:
        raise Refusal(
            401,
            "AuthenticationError",
            "The API key in the request is missing or invalid.",
            kind="Unauthorized",
        )


async def read_body(request: web.Request) -> JsonObject:
    """Read a JSON object of at most 24 MB.

    Raises Refusal for other content types, larger bodies and broken or ambiguous JSON.
    """
    if request.content_type != "application/json":
        raise Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "bad_request_body",
            "The Content-Type must be application/json; uploads are not supported.",
        )
    content = bytearray()
    async for part in request.content.iter_chunked(65_536):
        content += part
        if len(content) > MAX_BODY_BYTES:
            raise Refusal(413, "read_request_body_failed", "The request body is too large.")
    try:
        value = await asyncio.to_thread(_parse, content)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "bad_request_body", f"The body is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise Refusal(400, "bad_request_body", "The body must be a JSON object.")
    return as_object(value)


async def read_form(request: web.Request) -> JsonObject:
    """Read a form as the JSON that it stands for, its files as data URLs.

    A name with `[]`, and one that occurs several times, is a list. Raises Refusal.
    """
    if request.content_type != "multipart/form-data":
        return await read_body(request)
    found: dict[str, list[object]] = {}
    size = 0
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or not part.name:
                raise ValueError("a part without a name")
            content = bytearray()
            while chunk := await part.read_chunk():
                content += chunk
                size += len(chunk)
                if size > _MAX_FORM_BYTES:
                    raise Refusal(413, "read_request_body_failed", "The body is too large.")
            if part.filename is None:
                found.setdefault(part.name, []).append(_value(part.name, content.decode()))
            else:
                kind = part.headers.get("Content-Type", "application/octet-stream")
                encoded = await asyncio.to_thread(base64.b64encode, content)
                url = f"data:{kind};base64,{encoded.decode()}"
                found.setdefault(part.name, []).append(url)
    except ValueError as error:
        raise Refusal(400, "bad_request_body", f"The form cannot be read: {error}") from error
    return {
        name: values if name.endswith("[]") or len(values) > 1 else values[0]
        for name, values in found.items()
    }


def _value(name: str, text: str) -> object:
    if name in _NUMBERS and text.isascii() and text.isdigit():
        return int(text)
    return _FLAGS.get(text, text) if name == "stream" else text


def _parse(content: bytearray) -> object:
    value: object = json.loads(
        content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
    )
    # Half of a surrogate pair parses, and fails wherever the text is written later.
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _unique(pairs: list[tuple[str, object]]) -> JsonObject:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field occurs twice")
    return found


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
