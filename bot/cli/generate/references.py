"""The pictures that `generate` is given: files, addresses and data URLs, looked at and prepared."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.cli.outcome import Complaint
from bot.domain.catalog import ReferenceRule
from bot.domain.errors import PictureError
from bot.domain.requests.request import (
    Note,
    NoteKind,
    Reference,
    Violation,
    ViolationKind,
)
from bot.providers.http.address_guard import web_address
from bot.providers.references.data_urls import decoded
from bot.services.ports import ReferenceFile, References, ReferenceSource
from bot.ui import messages, terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One picture as far as it is known: `path` is our copy, None for a URL of a dry run."""

    field: str
    name: str
    position: int
    facts: Reference
    path: Path | None = None


class PictureReader:
    """Reads the pictures of one request into a folder; with `fetch` off, opens no connection."""

    def __init__(self, references: References, folder: Path, *, fetch: bool) -> None:
        self._references = references
        self._folder = folder
        self._fetch = fetch

    async def read(self, field: str, texts: Sequence[str]) -> tuple[list[Given], list[Complaint]]:
        """Look at every picture of an option; what is unusable still counts as one."""
        found = await asyncio.gather(
            *(self._read(field, position, text) for position, text in enumerate(texts, start=1))
        )
        complaints = [complaint for _, complaint in found if complaint is not None]
        return [given for given, _ in found], complaints

    async def _read(self, field: str, position: int, text: str) -> tuple[Given, Complaint | None]:
        name = terminal.picture_name(text)
        given = Given(field=field, name=name, position=position, facts=Reference())
        target = self._folder / f"{field}-{position}"
        try:
            source = await asyncio.to_thread(_source, text, target.with_suffix(".data"))
            given = replace(given, facts=Reference(url=source.url))
            if source.url is not None and not self._fetch:
                return given, None
            facts = await self._references.fetch(source, target)
        except ValueError as error:
            message = terminal.unusable(field, position, name, str(error))
            return given, Complaint(field=field, message=message)
        except PictureError as error:
            return given, unusable(given, error)
        return replace(given, facts=facts, path=target), None

    async def prepare(
        self, given: Given, rule: ReferenceRule
    ) -> tuple[Given, ReferenceFile, Note | None]:
        """Make a reference fit for the rule; raises PictureError."""
        position = given.position
        if given.path is None:
            reference_file = ReferenceFile(path=None, mime=None, url=given.facts.url)
            if not rule.inline or rule.prefer_url:
                return given, reference_file, None
            kind = NoteKind.REFERENCE_WILL_BE_FETCHED
            return given, reference_file, Note(kind=kind, values={"position": position})
        made = await self._references.prepare(given.path, given.facts, rule)
        facts = made.reference
        reference_file = ReferenceFile(
            path=given.path,
            mime=facts.mime,
            url=facts.url,
            url_expires_at=facts.url_expires_at,
            converted=made.converted,
        )
        values = {"position": position, "changes": made.changes}
        note = Note(kind=NoteKind.REFERENCE_CHANGED, values=values) if made.changes else None
        return replace(given, facts=facts), reference_file, note

    async def prepare_mask(self, mask: Given, first: Given, rule: ReferenceRule) -> ReferenceFile:
        """Bring a mask to the size of the first reference; raises PictureError."""
        if mask.path is None:
            return ReferenceFile(path=None, mime=None, url=mask.facts.url)
        # The first reference of a dry run may be unknown: the mask keeps its own size then.
        like = first.facts if first.facts.width else mask.facts
        facts = await self._references.prepare_mask(
            mask.path, rule, width=like.width or 0, height=like.height or 0
        )
        return ReferenceFile(path=mask.path, mime=facts.mime, url=mask.facts.url, converted=True)


def unusable(given: Given, error: PictureError) -> Complaint:
    """Say why a picture cannot be used."""
    values: dict[str, object] = {"name": given.name, "problem": error.problem, **error.values}
    if given.field != "mask":
        values["position"] = given.position
    problem = Violation(field=given.field, kind=ViolationKind.PICTURE, values=values)
    return Complaint(field=given.field, message=messages.violation(problem))


def _source(text: str, scratch: Path) -> ReferenceSource:
    """Tell addresses, data URLs and files apart; raises ValueError with a reason."""
    kind = text.partition(":")[0].strip().lower()
    if kind in ("http", "https"):
        return ReferenceSource(url=_address(text))
    if kind == "data":
        _decode(text, scratch)
        return ReferenceSource(path=scratch)
    return ReferenceSource(path=_file(text))


def _address(text: str) -> str:
    try:
        address = str(web_address(text))
    except ValueError:
        raise ValueError(str(terminal.NOT_AN_ADDRESS)) from None
    # Signatures cover an address to the letter.
    return text if text.isascii() and " " not in text else address


def _decode(text: str, target: Path) -> None:
    try:
        with target.open("wb") as file:
            for piece in decoded(text):
                file.write(piece)
    except ValueError:
        raise ValueError(str(terminal.NOT_A_DATA_URL)) from None


def _file(text: str) -> Path:
    path = Path(text)
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        foreign = "://" in text
        raise ValueError(
            str(terminal.NOT_AN_ADDRESS) if foreign else terminal.reason(error)
        ) from None
    # Devices and pipes look empty and never end.
    if not path.is_file():
        raise ValueError(str(terminal.NOT_A_FILE))
    if not size:
        raise ValueError(str(terminal.EMPTY_FILE))
    if not os.access(path, os.R_OK):
        raise ValueError(str(terminal.UNREADABLE_FILE))
    return path
