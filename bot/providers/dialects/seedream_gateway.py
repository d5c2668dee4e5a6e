"""The Seedream public gateway (docs/spec/image-apis.md section 7)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.catalog import PixelSize
from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import (
    Dialect,
    HttpCall,
    WireForm,
    growing_seconds,
)


class SeedreamGateway(Dialect):
    """Generations without references, edits with them; sizes as `custom_size`, counts as `n`."""

    form = WireForm.URL_ONLY

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
            body["images"] = list(references)
        # `num_images` is an alias: sending both is refused.
        body["n"] = images
        size = PixelSize.parse(request.size)
        if size is not None:
            body["custom_size"] = {"width": size.width, "height": size.height}
        body["timeout_seconds"] = timeout_seconds
        operation = "edits" if references else "generations"
        return HttpCall(path=f"/images/{operation}", body=body)
