"""Routescope's two Seedream APIs (docs/spec/image-apis.md sections 3 and 4)."""

from __future__ import annotations

from bot.providers.dialects import seedream_fields
from bot.providers.dialects.dialect import (
    CallContent,
    Dialect,
    HttpCall,
    WireForm,
    renamed,
    server_bound_seconds,
)

_OPTIONS = {
    "guidance": "guidance_scale",
    "seed": "seed",
    "format": "output_format",
    "watermark": "watermark",
}


class SeedreamGeneration(Dialect):
    """`POST /v1/images/generations`: words, up to 14 references, sets."""

    form = WireForm.INLINE

    def read_seconds(self, images: int) -> float:
        return server_bound_seconds(images)

    def build(self, content: CallContent) -> HttpCall:
        body = _body(content)
        body |= seedream_fields.related_set(content)
        if content.request.per_call > 1:
            # 3.0 alone counts; from 4.0 on `n` does nothing but multiply the price.
            body["n"] = content.images
        body["response_format"] = "url"
        return HttpCall(path="/images/generations", body=body)


class SeedreamEdits(Dialect):
    """`POST /v1/images/edits` for Seedream models: one picture from 1 to 14 references."""

    form = WireForm.INLINE

    def read_seconds(self, images: int) -> float:
        return server_bound_seconds(images)

    def build(self, content: CallContent) -> HttpCall:
        # No response_format: "usually no need to pass it".
        return HttpCall(path="/images/edits", body=_body(content))


def _body(content: CallContent) -> dict[str, object]:
    request = content.request
    body: dict[str, object] = {"model": request.upstream_model, "prompt": request.prompt}
    body |= seedream_fields.image(content)
    body["size"] = request.size
    body |= renamed(request.options, _OPTIONS)
    body |= seedream_fields.stream(content)
    if content.user:
        body["user"] = content.user
    return body
