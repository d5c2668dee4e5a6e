"""Routescope's two Seedream APIs (docs/spec/image-apis.md sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import (
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

    def build(
        self,
        request: ImageRequest,
        images: int,
        references: Sequence[str],
        mask: str | None,
        user: str,
        timeout_seconds: int,
    ) -> HttpCall:
        body = _body(request, references, user)
        if request.related and images > 1:
            # Left out altogether otherwise: 3.0 and the strict tiers refuse even `disabled`.
            body["sequential_image_generation"] = "auto"
            body["sequential_image_generation_options"] = {"max_images": images}
        if request.per_call > 1:
            # 3.0 alone counts; from 4.0 on `n` does nothing but multiply the price.
            body["n"] = images
        body["response_format"] = "url"
        return HttpCall(path="/images/generations", body=body)


class SeedreamEdits(Dialect):
    """`POST /v1/images/edits` for Seedream models: one picture from 1 to 14 references."""

    form = WireForm.INLINE

    def read_seconds(self, images: int) -> float:
        return server_bound_seconds(images)

    def build(
        self,
        request: ImageRequest,
        images: int,
        references: Sequence[str],
        mask: str | None,
        user: str,
        timeout_seconds: int,
    ) -> HttpCall:
        # No response_format: "usually no need to pass it".
        return HttpCall(path="/images/edits", body=_body(request, references, user))


def _body(request: ImageRequest, references: Sequence[str], user: str) -> dict[str, object]:
    body: dict[str, object] = {"model": request.upstream_model, "prompt": request.prompt}
    if references:
        body["image"] = references[0] if len(references) == 1 else list(references)
    body["size"] = request.size
    body |= renamed(request.options, _OPTIONS)
    if request.options.get("stream"):
        body["stream"] = True
    if user:
        body["user"] = user
    return body
