"""OpenAI's images API, and every server that speaks it (docs/spec/image-apis.md section 16)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.requests.request import ImageRequest
from bot.providers.dialects.dialect import (
    ApiSettings,
    Dialect,
    HttpCall,
    WireForm,
    growing_seconds,
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


class OpenAIGeneration(Dialect):
    """`POST /images/generations`: pictures from words, several by `n`."""

    form = WireForm.INLINE
    inline_reply = True

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

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
        body = _body(request, images, user, self._settings)
        return HttpCall(path="/images/generations", body=body)


class OpenAIFormEdits(Dialect):
    """`POST /images/edits` as a form with files, which every server of this API understands."""

    form = WireForm.FILES
    inline_reply = True

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

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
        name = "image" if len(references) == 1 else "image[]"
        files = [(name, reference) for reference in references]
        if mask is not None:
            files.append(("mask", mask))
        body = _body(request, images, user, self._settings)
        body.pop(_NOT_IN_FORMS, None)
        return HttpCall(path="/images/edits", body=body, files=files)


class OpenAIJsonEdits(Dialect):
    """`POST /images/edits` as JSON, for OpenAI itself and gateways that know it from there."""

    form = WireForm.INLINE
    inline_reply = True

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings

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
        body = _body(request, images, user, self._settings)
        body["images"] = [{"image_url": reference} for reference in references]
        if mask is not None:
            body["mask"] = {"image_url": mask}
        return HttpCall(path="/images/edits", body=body)


def _body(
    request: ImageRequest, images: int, user: str, settings: ApiSettings
) -> dict[str, object]:
    body: dict[str, object] = {
        "model": request.upstream_model,
        "prompt": request.prompt,
        "n": images,
        "size": request.size,
    }
    body |= renamed(request.options, _OPTIONS)
    # OpenAI's own models refuse the field; servers at home differ in what they do without it.
    if settings.response_format != "absent":
        body["response_format"] = settings.response_format
    if user and settings.member_code != "none":
        body[settings.member_code] = user
    return body
