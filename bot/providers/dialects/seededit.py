"""SeedEdit 3.0 (docs/spec/image-apis.md section 6)."""

from __future__ import annotations

from bot.providers.dialects.dialect import (
    CallContent,
    Dialect,
    HttpCall,
    WireForm,
    renamed,
)

_OPTIONS = {"seed": "seed", "guidance": "guidance_scale", "watermark": "watermark"}


class SeedEdit(Dialect):
    """`POST /v1/images/generations`: one picture from exactly one reference."""

    form = WireForm.INLINE

    def build(self, content: CallContent) -> HttpCall:
        request = content.request
        (image,) = content.references
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
            "image": image,
            "response_format": "url",
            "size": request.size,
        }
        body |= renamed(request.options, _OPTIONS)
        return HttpCall(path="/images/generations", body=body)
