"""Routescope's OpenAI-style edits (docs/spec/image-apis.md section 5)."""

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
    "quality": "quality",
    "background": "background",
    "format": "output_format",
    "compression": "output_compression",
    "moderation": "moderation",
    "watermark": "watermark",
}


class RoutescopeOpenAIEdits(Dialect):
    """`POST /v1/images/edits` for gpt-image models: references by URL, several pictures by `n`."""

    form = WireForm.PREFER_URL
    inline_reply = True

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
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
            # Of the three accepted fields the one that the document prefers.
            "images": [{"image_url": reference} for reference in references],
        }
        if mask is not None:
            body["mask"] = mask
        body |= {"n": images, "size": request.size}
        body |= renamed(request.options, _OPTIONS)
        if user:
            body["user"] = user
        # No response_format: gpt-image answers Base64 and may refuse the field.
        return HttpCall(path="/images/edits", body=body)
