"""Routescope's OpenAI-style edits (docs/spec/image-apis.md section 5)."""

from __future__ import annotations

from bot.providers.dialects.dialect import (
    CallContent,
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

    def build(self, content: CallContent) -> HttpCall:
        request = content.request
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
            # Of the three accepted fields the one that the document prefers.
            "images": [{"image_url": reference} for reference in content.references],
        }
        if content.mask is not None:
            body["mask"] = content.mask
        body |= {"n": content.images, "size": request.size}
        body |= renamed(request.options, _OPTIONS)
        if content.user:
            body["user"] = content.user
        # No response_format: gpt-image answers Base64 and may refuse the field.
        return HttpCall(path="/images/edits", body=body)
