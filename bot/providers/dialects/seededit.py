"""SeedEdit 3.0 (docs/spec/image-apis.md section 6)."""

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

_OPTIONS = {"seed": "seed", "guidance": "guidance_scale", "watermark": "watermark"}


class SeedEdit(Dialect):
    """`POST /v1/images/generations`: one picture from exactly one reference."""

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
        (image,) = references
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
            "image": image,
            "response_format": "url",
            "size": request.size,
        }
        body |= renamed(request.options, _OPTIONS)
        return HttpCall(path="/images/generations", body=body)
