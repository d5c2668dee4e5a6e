"""OpenAI's images API, and every server that speaks it (docs/spec/image-apis.md section 16)."""

from __future__ import annotations

from bot.providers.dialects.dialect import (
    ApiSettings,
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
    "moderation": "moderation",
}
# OpenAI's schema of the form lacks this field, those of the JSON bodies have it.
_NOT_IN_FORMS = "moderation"


class _OpenAI(Dialect):
    """What generations and edits of this API share."""

    inline_reply = True

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

    def _body(self, content: CallContent) -> dict[str, object]:
        request, settings = content.request, self._settings
        body: dict[str, object] = {
            "model": request.upstream_model,
            "prompt": request.prompt,
            "n": content.images,
            "size": request.size,
        }
        body |= renamed(request.options, _OPTIONS)
        # OpenAI's own models refuse the field; servers at home differ in what they do without it.
        if settings.response_format != "absent":
            body["response_format"] = settings.response_format
        if content.user and settings.member_code != "none":
            body[settings.member_code] = content.user
        return body


class OpenAIGeneration(_OpenAI):
    """`POST /images/generations`: pictures from words, several by `n`."""

    form = WireForm.INLINE

    def build(self, content: CallContent) -> HttpCall:
        return HttpCall(path="/images/generations", body=self._body(content))


class OpenAIFormEdits(_OpenAI):
    """`POST /images/edits` as a form with files, which every server of this API understands."""

    form = WireForm.FILES

    def build(self, content: CallContent) -> HttpCall:
        name = "image" if len(content.references) == 1 else "image[]"
        files = [(name, reference) for reference in content.references]
        if content.mask is not None:
            files.append(("mask", content.mask))
        body = self._body(content)
        body.pop(_NOT_IN_FORMS, None)
        return HttpCall(path="/images/edits", body=body, files=files)


class OpenAIJsonEdits(_OpenAI):
    """`POST /images/edits` as JSON, for OpenAI itself and gateways that know it from there."""

    form = WireForm.INLINE

    def build(self, content: CallContent) -> HttpCall:
        body = self._body(content)
        body["images"] = [{"image_url": reference} for reference in content.references]
        if content.mask is not None:
            body["mask"] = {"image_url": content.mask}
        return HttpCall(path="/images/edits", body=body)
