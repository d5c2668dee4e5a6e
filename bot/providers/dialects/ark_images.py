"""Volcengine Ark and BytePlus ModelArk themselves (docs/spec/image-apis.md section 17)."""

from __future__ import annotations

from bot.providers.dialects import seedream_fields
from bot.providers.dialects.dialect import (
    CallContent,
    Dialect,
    HttpCall,
    WireForm,
    renamed,
)

_OPTIONS = {"format": "output_format", "background": "background", "watermark": "watermark"}


class ArkImages(Dialect):
    """`POST /images/generations` for words, references and edits alike; it has no `/edits`."""

    form = WireForm.INLINE

    def build(self, content: CallContent) -> HttpCall:
        request = content.request
        body: dict[str, object] = {"model": request.upstream_model, "prompt": request.prompt}
        body |= seedream_fields.image(content)
        body["size"] = request.size
        body |= seedream_fields.related_set(content)
        body |= renamed(request.options, _OPTIONS)
        body |= seedream_fields.stream(content)
        body["response_format"] = "url"
        return HttpCall(path="/images/generations", body=body)
