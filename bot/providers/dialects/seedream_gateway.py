"""The Seedream public gateway (docs/spec/image-apis.md section 7)."""

from __future__ import annotations

from bot.domain.catalog import PixelSize
from bot.providers.dialects.dialect import (
    CallContent,
    Dialect,
    HttpCall,
    WireForm,
)


class SeedreamGateway(Dialect):
    """Generations without references, edits with them; sizes as `custom_size`, counts as `n`."""

    form = WireForm.URL_ONLY

    def build(self, content: CallContent) -> HttpCall:
        request = content.request
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
        }
        if content.references:
            body["images"] = list(content.references)
        # `num_images` is an alias: sending both is refused.
        body["n"] = content.images
        size = PixelSize.parse(request.size)
        if size is not None:
            body["custom_size"] = {"width": size.width, "height": size.height}
        body["timeout_seconds"] = content.timeout_seconds
        operation = "edits" if content.references else "generations"
        return HttpCall(path=f"/images/{operation}", body=body)
