"""What members keep for a day: refused requests to fix, and pictures in a basket.

Pictures of results are kept as job and number, and looked up again when they are used: addresses
expire, and what was removed meanwhile is not to come back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial
from bot.domain.job import new_job_id
from bot.domain.requests.consent import CONSENT_SECONDS, MOST_WAITING, Consent, Whose
from bot.domain.requests.request import Draft, Note
from bot.domain.server import ServerPolicy
from bot.domain.variations.variation import Variation
from bot.services.ports import (
    GUARDED,
    Clock,
    Database,
    ReferenceSource,
    Spool,
    UnitOfWork,
    of_member,
)
from bot.services.requests.results import Results
from bot.services.requests.submission import Submission
from bot.services.servers import consent_log
from bot.services.servers.access import Requester
from bot.services.tasks.conflicts import repeatable

KEEP_SECONDS = 24 * 3600
# More than any model takes: somebody pressed by mistake.
BASKET_PICTURES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A kept request: as it was `asked`, and the nearest `draft` that its model takes.

    `other_model` takes it as it was asked, None where none does.
    """

    asked: Draft
    draft: Draft
    other_model: str | None = None
    pictures: int = 0
    mask: bool = False
    private: bool = False


class DraftsAndBasket:
    """Keeps drafts and baskets in the database."""

    def __init__(self, *, database: Database, results: Results, spool: Spool, clock: Clock) -> None:
        self._database = database
        self._results = results
        self._spool = spool
        self._clock = clock

    @repeatable
    async def keep(
        self,
        submission: Submission,
        nearest: Draft | None = None,
        *,
        other_model: str | None = None,
        models: Sequence[str] = (),
    ) -> str:
        """Keep a request for its member, with the `nearest` draft to fix it; return its id.

        `other_model` takes it as it is; `models` are those that it lets compare.
        """
        draft_id, now = new_job_id(), self._clock.now()
        text = stored_text(submission, nearest, other_model, models)
        async with self._database.write(GUARDED) as uow:
            await uow.drafts.put(
                draft_id, submission.requester.user_id, text, expires_at=now + KEEP_SECONDS
            )
            await uow.commit()
        return draft_id

    async def keep_pictures(
        self, submission: Submission, sources: Sequence[ReferenceSource]
    ) -> str:
        """Keep pictures for a form about them; return the draft's id."""
        return await self.keep(replace(submission, sources=tuple(sources)))

    async def kept(self, draft_id: str, user_id: int) -> KeptRequest | None:
        """Return what a member's kept request asks for, without its pictures."""
        values = await self._load(draft_id, user_id)
        if values is None:
            return None
        nearest = values["draft"]
        return KeptRequest(
            # Kept by an older version, it holds the nearest draft alone.
            asked=_draft(values.get("asked") or nearest),
            draft=_draft(nearest),
            other_model=values.get("other_model"),
            pictures=len(values["sources"]),
            mask=bool(values["mask"]),
            private=values["private"],
        )

    async def submission(
        self, draft_id: str, requester: Requester, origin: str
    ) -> Submission | None:
        """Return a member's kept request as a new one; AccessError when a picture is gone."""
        values = await self._load(draft_id, requester.user_id)
        if values is None:
            return None
        mask = values["mask"]
        return Submission(
            draft=_draft(values["draft"]),
            sources=tuple([await self._source(source) for source in values["sources"]]),
            mask=await self._source(mask) if mask else None,
            requester=requester,
            origin=origin,
            spoiler=values["spoiler"],
            private=values["private"],
            parent=_pair(values["parent"]),
            notes=tuple(map(Note.from_dict, values.get("notes", ()))),
            decided=None if (said := values.get("decided")) is None else frozenset(said),
        )

    async def compared(self, draft_id: str, user_id: int) -> list[str]:
        """Return the models that a member's kept request lets compare."""
        values = await self._load(draft_id, user_id)
        return [str(model) for model in values.get("models", ())] if values else []

    @repeatable
    async def put_in_basket(
        self, user_id: int, channel_id: int, sources: Sequence[ReferenceSource]
    ) -> int:
        """Add pictures to a member's basket in a channel; return how many are in it."""
        now = self._clock.now()
        async with self._database.write(of_member(user_id)) as uow:
            count = len(await uow.baskets.list(user_id, channel_id, now=now))
            for source in sources:
                if count >= BASKET_PICTURES:
                    break
                text = json.dumps(_source_values(source), sort_keys=True)
                count = await uow.baskets.add(
                    user_id, channel_id, text, expires_at=now + KEEP_SECONDS, now=now
                )
            await uow.commit()
        return count

    async def basket(self, user_id: int, channel_id: int) -> list[ReferenceSource]:
        """Return the pictures of a basket that are still to be had, in their order."""
        async with self._database.read() as uow:
            texts = await uow.baskets.list(user_id, channel_id, now=self._clock.now())
        found: list[ReferenceSource] = []
        for text in texts:
            try:
                found.append(await self._source(json.loads(text)))
            except AccessError:
                continue  # removed since
        return found

    async def basket_size(self, user_id: int, channel_id: int) -> int:
        """Return how many pictures were put into a basket."""
        async with self._database.read() as uow:
            return len(await uow.baskets.list(user_id, channel_id, now=self._clock.now()))

    @repeatable
    async def clear_basket(self, user_id: int, channel_id: int) -> None:
        """Take everything out of a basket."""
        async with self._database.write(GUARDED) as uow:
            await uow.baskets.clear(user_id, channel_id)
            await uow.commit()

    async def _load(self, draft_id: str, user_id: int) -> dict[str, Any] | None:
        async with self._database.read() as uow:
            text = await uow.drafts.get(draft_id, user_id, now=self._clock.now())
        values: dict[str, Any] = json.loads(text) if text else {}
        return values if "draft" in values else None

    async def _source(self, values: Mapping[str, Any]) -> ReferenceSource:
        picture = _pair(values.get("result"))
        if picture is None:
            return await self._kept(values)
        shown = [one for one in await self._results.of_job(picture[0]) if one.number == picture[1]]
        if not shown:
            raise AccessError(Denial.PICTURE_GONE)
        return await self._results.source(shown[0])

    async def _kept(self, values: Mapping[str, Any]) -> ReferenceSource:
        """Return a picture by its address or file; AccessError where neither is there any more."""
        others = {name: value for name, value in values.items() if name not in ("kept", "whose")}
        whose = Whose(values.get("whose", Whose.MEMBER))
        path = await self._spool.get(values["kept"]) if values.get("kept") else None
        if values.get("kept") and path is None and not values["url"]:
            raise AccessError(Denial.PICTURES_NOT_KEPT)
        return ReferenceSource(path=path, whose=whose, **others)


async def keep_waiting(
    uow: UnitOfWork, submission: Submission, owner_id: int, policy: ServerPolicy, *, now: int
) -> None:
    """Keep a request that waits for the owner of a picture, as a draft with its consent.

    The same event, or the same request while it waits, is kept once; AccessError for more than a
    few.
    """
    who, text = submission.requester, stored_text(submission)
    waiting = await uow.consents.waiting(who.scope, who.user_id, now=now)
    if any(consent.owner_id == owner_id and kept == text for consent, kept in waiting):
        return
    if len(waiting) >= MOST_WAITING:
        raise AccessError(Denial.CONSENTS_WAITING, count=len(waiting))
    consent = Consent(
        consent_id=new_job_id(),
        guild_id=who.scope,
        channel_id=who.channel_id,
        user_id=who.user_id,
        owner_id=owner_id,
        origin=submission.origin,
        created_at=now,
        expires_at=now + CONSENT_SECONDS,
        again_of=submission.again_of,
        retry_of=submission.retry_of,
        reply_to=submission.reply_to,
        ticket_token=submission.ticket_token,
        ticket_expires_at=submission.ticket_expires_at,
        locale=who.locale,
        server_locale=policy.settings.locale(who.server_locale),
    )
    if await uow.consents.add(consent):
        await consent_log.asked(uow, consent)
        # Longer than the consent: what is allowed in the last second is still there.
        expires_at = consent.expires_at + KEEP_SECONDS
        await uow.drafts.put(consent.consent_id, who.user_id, text, expires_at=expires_at)


def stored_text(
    submission: Submission,
    nearest: Draft | None = None,
    other_model: str | None = None,
    models: Sequence[str] = (),
) -> str:
    """Return a request as it is kept, with the `nearest` draft where it cannot be as it is."""
    values: dict[str, object] = {
        "draft": _values(nearest or submission.draft),
        "asked": _values(submission.draft),
        "other_model": other_model,
        "models": list(models),
        "notes": [note.to_dict() for note in submission.notes],
        "sources": [_source_values(source) for source in submission.sources],
        "mask": submission.mask and _source_values(submission.mask),
        "spoiler": submission.spoiler,
        "private": submission.private,
        "parent": submission.parent,
        "decided": None if submission.decided is None else sorted(submission.decided),
    }
    return json.dumps(values)


def _values(draft: Draft) -> dict[str, object]:
    return {name: value for name, value in asdict(draft).items() if value is not None}


def _source_values(source: ReferenceSource) -> dict[str, object]:
    if source.result is not None:
        return {"result": list(source.result)}
    values: dict[str, object] = {
        "url": source.url,
        "name": source.name,
        "declared_bytes": source.declared_bytes,
        "trusted": source.trusted,
        "owner_id": source.owner_id,
        "whose": source.whose.value,
        "proxy_url": source.proxy_url,
        "spoiler": source.spoiler,
    }
    if source.path is not None:
        # A file in the spool, of an earlier request: it may outlive the address.
        values["kept"] = f"{source.path.parent.name}/{source.path.name}"
    return values


def _draft(values: Mapping[str, Any]) -> Draft:
    known = {name: value for name, value in values.items() if name != "references"}
    if "operation" in known:
        known["operation"] = Operation(known["operation"])
    if "variation" in known:
        known["variation"] = Variation(known["variation"])
    return Draft(**known)


def _pair(value: Sequence[Any] | None) -> tuple[str, int] | None:
    return (str(value[0]), int(value[1])) if value else None
