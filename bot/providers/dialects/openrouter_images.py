"""OpenRouter's Image API (docs/spec/image-apis.md, the section on OpenRouter)."""

from __future__ import annotations

from bot.domain.catalog import PixelSize
from bot.domain.requests.sizes import keyword_and_aspect
from bot.providers.dialects.dialect import (
    CallContent,
    Dialect,
    HttpCall,
    WireForm,
    renamed,
)

_OPTIONS = {
    "quality": "quality",
    "background": "background",
    "format": "output_format",
    "compression": "output_compression",
    "seed": "seed",
}


class OpenRouterImages(Dialect):
    """`POST /images`: words and references alike, many vendors' models, Base64 replies."""

    form = WireForm.INLINE
    inline_reply = True
    usd_field = "cost"

    def build(self, content: CallContent) -> HttpCall:
        request = content.request
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
        }
        if content.references:
            body["input_references"] = [
                {"type": "image_url", "image_url": {"url": reference}}
                for reference in content.references
            ]
        if request.per_call > 1:
            # Models that make one picture refuse the field.
            body["n"] = content.images
        body |= _size(request.size)
        body |= renamed(request.options, _OPTIONS)
        if content.user:
            body["user"] = content.user
        return HttpCall(path="/images", body=body)


def _size(size: str) -> dict[str, object]:
    """Return what stands for a size; a model without sizes refuses every such field."""
    if PixelSize.parse(size) is not None:
        # A tier or a shape beside it is refused where it says something else.
        return {"size": size}
    tier, aspect = keyword_and_aspect(size)
    named: dict[str, object] = {} if tier == "auto" else {"resolution": tier}
    return named if aspect is None else {**named, "aspect_ratio": aspect}
