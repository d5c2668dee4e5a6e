"""Volcengine Ark and BytePlus ModelArk themselves (docs/spec/image-apis.md section 17)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import (
    Dialect,
    HttpCall,
    WireForm,
    growing_seconds,
    renamed,
)

_OPTIONS = {"format": "output_format", "background": "background", "watermark": "watermark"}


class ArkImages(Dialect):
    """`POST /images/generations` for words, references and edits alike; it has no `/edits`."""

    form = WireForm.INLINE

    def read_seconds(self, images: int) -> float:
        return growing_seconds(images)

    def build(
        self,
        request: ImageRequest,
        images: int,
        references: Sequence[str],
        mask: str | None,
        user: str,
        timeout_seconds: int,
    ) -> HttpCall:
        body: dict[str, object] = {"model": request.upstream_model, "prompt": request.prompt}
        if references:
            body["image"] = references[0] if len(references) == 1 else list(references)
        body["size"] = request.size
        if request.related and images > 1:
            # Left out altogether otherwise: the strict models refuse even `disabled`.
            body["sequential_image_generation"] = "auto"
            body["sequential_image_generation_options"] = {"max_images": images}
        body |= renamed(request.options, _OPTIONS)
        if request.options.get("stream"):
            body["stream"] = True
        body["response_format"] = "url"
        return HttpCall(path="/images/generations", body=body)
