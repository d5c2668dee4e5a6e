"""How each reference travels: as a data URL, or as its address.

See docs/spec/image-apis.md section 10.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.errors import ErrorClass, Failure, PictureError, ProviderError
from bot.providers.dialects.dialect import WireForm
from bot.providers.references.data_urls import data_url, data_url_length
from bot.providers.references.picture_workers import Shrinker
from bot.services.ports import CallRequest, ReferenceFile

MAX_BODY_BYTES = 24_000_000
_STILL_VALID_SECONDS = 600
_SHRINK_EDGES = (2048, 1536)
# For the fields beside the pictures; prompts come on top.
_BODY_MARGIN_BYTES = 4_000
# The headers of a file in a form.
_PART_BYTES = 300

_NOT_AS_DATA = re.compile("invalid url specified", re.IGNORECASE)
_NOT_AS_URL = re.compile(
    r"timeout while downloading|(could not|cannot|can't|failed to|unable to|error while) ?"
    r"(be )?(download|fetch|retriev)",
    re.IGNORECASE,
)
_NOT_AS_URL_CODES = re.compile(r"invalidimageurl|invalid_image_url", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """References and mask as they go into a body."""

    references: tuple[str, ...]
    mask: str | None


async def wire(
    call_request: CallRequest, form: WireForm, shrinker: Shrinker | None, *, now: float
) -> Wired:
    """Write references and mask in the form that the source takes.

    Shrinks inline pictures until the body stays under 24 MB; raises ProviderError TOO_LARGE when
    that does not help. Files that are gone raise OSError.
    """
    materials = [*call_request.references, *([call_request.mask] if call_request.mask else [])]
    if not materials:
        return Wired(references=(), mask=None)
    room = MAX_BODY_BYTES - _BODY_MARGIN_BYTES - len(call_request.request.prompt.encode())
    folder: Path | None = None
    with ExitStack() as stack:
        chosen = [
            _choose(reference_file, form, call_request.second_form, now)
            for reference_file in materials
        ]
        # A mask must keep the size of the first reference, so both stay as they are.
        fixed = {0, len(materials) - 1} if call_request.mask else set[int]()
        for edge in _SHRINK_EDGES:
            if _length(chosen, form) <= room or shrinker is None:
                break
            if folder is None:
                made = tempfile.TemporaryDirectory(prefix="easel-")
                folder = Path(stack.enter_context(made))
            for position, choice in enumerate(chosen):
                source = materials[position].path
                if choice.path is not None and source is not None and position not in fixed:
                    smaller = folder / f"{position}-{edge}"
                    await _shrink(shrinker, source, smaller, edge)
                    if smaller.stat().st_size < choice.path.stat().st_size:
                        chosen[position] = replace(choice, path=smaller, mime=None)
        if _length(chosen, form) > room:
            raise ProviderError(
                Failure(error_class=ErrorClass.TOO_LARGE, code="body_too_large", sent=False)
            )
        texts = [await asyncio.to_thread(choice.text) for choice in chosen]
    mask = texts.pop() if call_request.mask else None
    return Wired(references=tuple(texts), mask=mask)


def other_form_helps(
    call_request: CallRequest, form: WireForm, failure: Failure, *, now: float
) -> bool:
    """Whether the error is about the wire form, and every reference could go the other way."""
    if call_request.second_form or failure.error_class is not ErrorClass.BAD_REFERENCE:
        return False
    if form is WireForm.INLINE:
        refused = _NOT_AS_DATA.search(failure.message) and call_request.references
        return bool(refused) and all(
            _has_valid_url(reference_file, now) and not reference_file.converted
            for reference_file in call_request.references
        )
    if form is WireForm.PREFER_URL and (
        _NOT_AS_URL.search(failure.message) or _NOT_AS_URL_CODES.match(failure.code)
    ):
        materials = [*call_request.references, *([call_request.mask] if call_request.mask else [])]
        by_url = [m for m in materials if _choose(m, form, second=False, now=now).path is None]
        return bool(by_url) and all(m.path is not None for m in by_url)
    return False


async def _shrink(shrinker: Shrinker, source: Path, target: Path, edge: int) -> None:
    try:
        await shrinker.shrink(source, target, longest_edge=edge)
    except PictureError as error:
        raise ProviderError(
            Failure(error_class=ErrorClass.BAD_REFERENCE, code=error.problem, sent=False)
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    url: str | None = None
    path: Path | None = None
    mime: str | None = None

    def text(self) -> str:
        """Return what goes into the body; reads the file."""
        if self.path is not None:
            return data_url(self.path, self.mime)
        return self.url or ""


def _choose(reference_file: ReferenceFile, form: WireForm, second: bool, now: float) -> _Choice:
    inline = form is WireForm.INLINE
    # URLs of a dry run have no file, and local files have no URL.
    valid = _has_valid_url(reference_file, now) and not reference_file.converted
    by_url = valid and form is not WireForm.FILES and (second if inline else not second)
    if form is WireForm.URL_ONLY or reference_file.path is None or by_url:
        if reference_file.url is None:
            raise ProviderError(
                Failure(error_class=ErrorClass.BAD_REFERENCE, code="no_public_url", sent=False)
            )
        return _Choice(url=reference_file.url)
    return _Choice(path=reference_file.path, mime=reference_file.mime)


def _has_valid_url(reference_file: ReferenceFile, now: float) -> bool:
    if reference_file.url is None:
        return False
    expires_at = reference_file.url_expires_at
    return expires_at is None or expires_at - now >= _STILL_VALID_SECONDS


def _length(choices: Sequence[_Choice], form: WireForm) -> int:
    return sum(
        len(choice.url or "") if choice.path is None else _bytes(choice.path, form)
        for choice in choices
    )


def _bytes(path: Path, form: WireForm) -> int:
    size = path.stat().st_size
    return size + _PART_BYTES if form is WireForm.FILES else data_url_length(size)
