"""The pictures of one request: fetched into the spool, decoded, and converted for its offer.

Knows neither HTTP nor decoders: both are behind the port `References`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.catalog import Offer, ReferenceRule
from bot.domain.errors import PictureError, RefusedError
from bot.domain.requests.request import (
    Draft,
    Note,
    NoteKind,
    Reference,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.variations.canvas import Widening
from bot.services.ports import (
    PreparedReference,
    References,
    ReferenceSource,
    Spool,
    StoredReference,
)

_PICTURE, _MASK = "picture", "mask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One picture that a member gave: what was found, or the problem that makes it unusable."""

    role: str
    position: int
    source: ReferenceSource
    found: Reference
    problem: Violation | None = None


_Made = tuple[StoredReference, tuple[str, ...]]


class RequestPictures:
    """Fetches and prepares the references and the mask of requests."""

    def __init__(self, references: References, spool: Spool) -> None:
        self._references = references
        self._spool = spool

    async def fetch(
        self,
        job_id: str,
        sources: Sequence[ReferenceSource],
        mask: ReferenceSource | None,
        widening: Widening | None = None,
    ) -> list[Given]:
        """Bring references and mask into the spool and look at them.

        The first picture is extended where it is to be made wider; the mask is then of what is new.
        """
        wanted = [(_PICTURE, position, source) for position, source in enumerate(sources)]
        if mask is not None:
            wanted.append((_MASK, 0, mask))
        given = await asyncio.gather(*(self._fetch(job_id, *one) for one in wanted))
        if widening is None or mask is not None or not given or given[0].problem is not None:
            return given
        return [*await self._extended(job_id, given[0], widening), *given[1:]]

    async def prepare(
        self, job_id: str, given: Sequence[Given], offer: Offer
    ) -> tuple[list[StoredReference], tuple[Note, ...]]:
        """Make the files fit for an offer; RefusedError names every one that cannot be."""
        rule = offer.references
        pictures = [one for one in given if one.role == _PICTURE]
        made = await asyncio.gather(*(self._prepare(job_id, one, rule) for one in pictures))
        if made and not isinstance(made[0], Violation):
            # A mask gets the size that the first reference has by now.
            first, _ = made[0]
            masks = [one for one in given if one.role == _MASK]
            made += [await self._prepare(job_id, one, rule, like=first) for one in masks]
        problems = tuple(item for item in made if isinstance(item, Violation))
        if problems:
            raise RefusedError(Refusal(violations=problems, offer=offer))
        done = [item for item in made if not isinstance(item, Violation)]
        notes = tuple(
            Note(
                kind=NoteKind.REFERENCE_CHANGED,
                values={"position": stored.position + 1, "changes": changes},
            )
            for stored, changes in done
            if changes
        )
        return [stored for stored, _ in done], notes

    async def _fetch(self, job_id: str, role: str, position: int, source: ReferenceSource) -> Given:
        target = self._spool.path(self._spool.reference(job_id, role, position))
        one = Given(role=role, position=position, source=source, found=Reference(url=source.url))
        try:
            return replace(one, found=await self._references.fetch(source, target))
        except PictureError as error:
            return replace(one, problem=_unusable(one, error))

    async def _extended(self, job_id: str, first: Given, widening: Widening) -> list[Given]:
        """Return a picture with empty margins, and their mask; the picture with what is wrong."""
        path = self._spool.path(self._spool.reference(job_id, _PICTURE, first.position))
        mask = self._spool.path(self._spool.reference(job_id, _MASK, 0))
        margins = widening.margins(first.found.width or 1, first.found.height or 1)
        try:
            canvas, made = await self._references.extend(path, mask, margins)
        except PictureError as error:
            return [replace(first, problem=_unusable(first, error))]
        source = ReferenceSource(path=mask, name=mask.name)
        return [
            replace(first, found=canvas),
            Given(role=_MASK, position=0, source=source, found=made),
        ]

    async def _prepare(
        self, job_id: str, one: Given, rule: ReferenceRule, like: StoredReference | None = None
    ) -> _Made | Violation:
        """Prepare a reference, or a mask that is to be `like` a reference."""
        relative = self._spool.reference(job_id, one.role, one.position)
        path = self._spool.path(relative)
        try:
            if like is None:
                made = await self._references.prepare(path, one.found, rule)
            else:
                mask = await self._references.prepare_mask(
                    path, rule, width=like.width, height=like.height
                )
                made = PreparedReference(reference=mask, converted=True)
        except PictureError as error:
            return _unusable(one, error)
        await self._spool.put(relative)
        facts = made.reference
        stored = StoredReference(
            position=one.position,
            role=one.role,
            path=relative,
            mime=facts.mime or "",
            width=facts.width or 0,
            height=facts.height or 0,
            bytes=facts.bytes or 0,
            url=facts.url,
            url_expires_at=facts.url_expires_at,
            converted=made.converted,
            result=one.source.result,
            owner_id=one.source.owner_id,
            whose=one.source.whose,
        )
        return stored, made.changes


def divided(given: Sequence[Given], own: int) -> tuple[list[Given], list[Given]]:
    """Return what a member gave, and the examples of a style after it that can be used."""
    theirs = [one for one in given if one.role == _MASK or one.position < own]
    after = [one for one in given if one.role == _PICTURE and one.position >= own]
    return theirs, [one for one in after if one.problem is None]


def with_pictures(draft: Draft, given: Sequence[Given]) -> Draft:
    """Return the draft with its pictures as they were found.

    An unusable one still counts as one, or "add a picture" would be told besides.
    """
    masks = [one.found for one in given if one.role == _MASK]
    references = tuple(one.found for one in given if one.role == _PICTURE)
    return replace(draft, references=references, mask=masks[0] if masks else None)


def _unusable(one: Given, error: PictureError) -> Violation:
    """Say why a picture cannot be used; a mask has no position."""
    values: dict[str, object] = {
        "name": one.source.name,
        "problem": error.problem,
        **error.values,
    }
    if one.role == _MASK:
        return Violation(field="mask", kind=ViolationKind.PICTURE, values=values)
    values["position"] = one.position + 1
    return Violation(field="reference", kind=ViolationKind.PICTURE, values=values)
