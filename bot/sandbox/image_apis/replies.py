"""The documented reply of each source, and the same reply spoilt by a fault."""

import base64
import gzip
import json
import time
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size, Source
from bot.sandbox.image_apis.apis.fields import as_list
from bot.sandbox.image_apis.apis.refusal import JsonObject
from bot.sandbox.image_apis.openrouter.replies import usage_of
from bot.sandbox.image_apis.pictures.assets import CONTENT_TYPES

WITHHELD: JsonObject = {
    "code": "OutputImageSensitiveContentDetected",
    "message": "The request failed because the output image may contain sensitive information.",
}
_REVISED_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One picture of a reply: its bytes, or its address, or neither where it was withheld."""

    size: Size
    content: bytes | None = None
    url: str | None = None

    @property
    def delivered(self) -> bool:
        """Tell a picture from a withheld one."""
        return self.content is not None or self.url is not None

    def fields(self) -> JsonObject:
        """Give the address or the Base64 data, whichever was asked for."""
        if self.url is not None:
            return {"url": self.url}
        return {"b64_json": base64.b64encode(self.content or b"").decode()}


def reply_to(order: CheckedRequest, deliveries: list[Delivery]) -> JsonObject:
    """Build the whole reply in the shape that the source's document shows."""
    if order.source is Source.OPENROUTER:
        return _openrouter_reply(order, [item for item in deliveries if item.delivered])
    reply: JsonObject = {
        "created": int(time.time()),
        "data": [_item(order, delivery) for delivery in deliveries],
    }
    if order.is_set or order.source in (Source.SEEDEDIT, Source.ARK):
        reply["model"] = order.model
        reply["usage"] = image_usage(deliveries)
    elif order.source in (Source.OPENAI_EDITS, Source.OPENAI):
        width, height = deliveries[0].size
        reply["output_format"] = order.output_format
        reply["quality"] = order.quality
        reply["size"] = f"{width}x{height}"
        reply["usage"] = _token_usage(order, deliveries)
    return reply


def _openrouter_reply(order: CheckedRequest, delivered: list[Delivery]) -> JsonObject:
    """Build a reply that names only pictures; fewer than asked may come."""
    media_type = CONTENT_TYPES[order.output_format]
    return {
        "created": int(time.time()),
        "data": [{**item.fields(), "media_type": media_type} for item in delivered],
        "usage": usage_of(order, [item.size for item in delivered]),
    }


def image_usage(deliveries: list[Delivery]) -> JsonObject:
    """Count as the vendor does: one token for 256 pixels that were delivered."""
    delivered = [delivery.size for delivery in deliveries if delivery.delivered]
    tokens = sum(width * height // 256 for width, height in delivered)
    return {"generated_images": len(delivered), "output_tokens": tokens, "total_tokens": tokens}


def _token_usage(order: CheckedRequest, deliveries: list[Delivery]) -> JsonObject:
    text = len(order.prompt) // 4 + 1
    images = 590 * len(order.references)
    output = sum(width * height // 992 for width, height in (item.size for item in deliveries))
    return {
        "input_tokens": text + images,
        "input_tokens_details": {"image_tokens": images, "text_tokens": text},
        "output_tokens": output,
        "total_tokens": text + images + output,
    }


def _item(order: CheckedRequest, delivery: Delivery) -> JsonObject:
    if not delivery.delivered:
        return {"error": WITHHELD}
    if order.is_set or order.source is Source.ARK:
        width, height = delivery.size
        return {**delivery.fields(), "size": f"{width}x{height}"}
    if order.source in (Source.ROUTESCOPE_GENERATION, Source.ROUTESCOPE_EDITS):
        empty: JsonObject = {"url": None, "b64_json": None}
        return {**empty, **delivery.fields(), "revised_prompt": order.prompt[:_REVISED_CHARACTERS]}
    return delivery.fields()


def json_response(body: JsonObject, status: int = 200) -> web.Response:
    """Answer in JSON."""
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json")


def spoilt(fault: str, order: CheckedRequest, content: bytes, reply: JsonObject) -> web.Response:
    """Answer 200 with a body that is wrong in the way the fault names."""
    if fault == "broken":
        text = json.dumps(reply)
        return web.Response(text=text[: len(text) // 2], content_type="application/json")
    if fault == "html":
        page = "<!doctype html><title>Welcome</title><p>This is not the API."
        return web.Response(text=page, content_type="text/html")
    if fault == "error-200":
        message = "The service encountered an unexpected internal error."
        error: JsonObject = {"code": "InternalServiceError", "message": message, "param": None}
        return json_response({"created": int(time.time()), "error": error})
    if fault == "gzip":
        body = gzip.compress(json.dumps(reply).encode())
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=body, headers=headers)
    if fault == "images-field":
        return json_response({"created": int(time.time()), "images": reply["data"]})
    if fault == "task-202":
        task = {"task_id": "task-1", "status": "queued"}
        return json_response({"code": 0, "data": task}, status=202)
    encoded = base64.b64encode(content).decode()
    data_url = f"data:{CONTENT_TYPES[order.output_format]};base64,{encoded}"
    data: dict[str, object] = {
        "empty": [],
        "object": {},
        "nulls": [{"url": None, "b64_json": None, "revised_prompt": ""}],
        "data-url": [{"url": data_url}],
        "one-object": as_list(reply["data"])[0],
    }
    return json_response({**reply, "data": data[fault]})
