"""What a request gets beside what was typed: the style it names, the server's, the member's own.

In this order: what was typed; the style that the server enforces, else the one that was named,
else the member's own default, else the server's; the member's other defaults. Each only fills in
what those before left open, and none of them refuses a request.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.catalog import Operation
from bot.domain.requests.request import (
    Draft,
    Note,
    NoteKind,
    OptionValue,
    Reference,
    Violation,
    ViolationKind,
)
from bot.domain.requests.wishes import Wishes
from bot.domain.server import ServerPolicy, StyleUse
from bot.domain.styles.defaults import NO_DEFAULTS, MemberDefaults
from bot.domain.styles.style import Style, key_of
from bot.services.ports import (
    DEFAULTS,
    Database,
    ReferenceSource,
    Spool,
    StylePicture,
    UnitOfWork,
    of_member,
)
from bot.services.servers.access import Requester
from bot.services.servers.policies import Policies
from bot.services.styles.style_book import looked_up
from bot.services.tasks.conflicts import repeatable


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """A draft with the words of its style, and what else is wished for.

    `pictures` are the examples of the style, to come after the member's own. `defaults` are the
    member's. `problems` say that there is no such style. `covered`: an example is behind a spoiler.
    """

    draft: Draft
    style: Style | None = None
    pictures: tuple[ReferenceSource, ...] = ()
    defaults: MemberDefaults = NO_DEFAULTS
    notes: tuple[Note, ...] = ()
    problems: tuple[Violation, ...] = ()
    covered: bool = False

    def wishes(self, draft: Draft, examples: Sequence[Reference]) -> Wishes:
        """Return what may be left out; `examples` are the style's pictures as they were found.

        A style's examples are never the picture that is to be changed.
        """
        to_change = draft.operation is Operation.EDIT and not draft.references
        return Wishes(
            style=self.style.name if self.style else "",
            of_style=dict(self.style.values) if self.style else {},
            of_member=self.defaults.wishes,
            pictures=() if to_change else tuple(examples),
        )


class Preferences:
    """Reads and writes defaults, and finds out what holds for a request."""

    def __init__(self, *, database: Database, policies: Policies, spool: Spool) -> None:
        self._database = database
        self._policies = policies
        self._spool = spool

    async def of(self, user_id: int) -> MemberDefaults:
        """Return a member's own defaults."""
        async with self._database.read() as uow:
            return MemberDefaults.of((await uow.members.of(user_id)).get(DEFAULTS))

    @repeatable
    async def set(self, user_id: int, name: str, value: OptionValue | None) -> MemberDefaults:
        """Decide one default, None for none; true with this transaction."""
        async with self._database.write(of_member(user_id)) as uow:
            before = MemberDefaults.of((await uow.members.of(user_id)).get(DEFAULTS))
            stored = {**(before.stored() or {}), name: value}
            after = MemberDefaults.of({n: v for n, v in stored.items() if v is not None})
            await uow.members.put(user_id, DEFAULTS, after.stored())
            await uow.commit()
        return after

    async def preferred(self, who: Requester, draft: Draft, *, typed: bool) -> Preferred:
        """Return a draft with its style, and what else holds for who asks.

        `typed`: it is new. One that was made before has everything decided, but for the style that
        its server enforces.
        """
        async with self._database.read() as uow:
            policy = await self._policies.current(uow, who.scope)
            stored = (await uow.members.of(who.user_id)).get(DEFAULTS) if typed else None
            defaults = MemberDefaults.of(stored)
            if problem := await _unknown(uow, who, policy, draft):
                return Preferred(draft=draft, defaults=defaults, problems=(problem,))
            style, enforced = await _style(uow, who, policy, draft, defaults, typed=typed)
            pictures = await uow.styles.pictures(style.style_id) if style else []
            covered = await _covered(uow, style, pictures) if style else False
        if style is None:
            return Preferred(draft=draft, defaults=defaults)
        others = policy.settings.others_pictures or bool(style.guild_id)
        pictures = [one for one in pictures if others or one.owner_id == who.user_id]
        found = [await self._source(style, one) for one in pictures]
        sources = tuple(one for one in found if one is not None)
        notes = list(_notes(style, draft, enforced=enforced))
        if len(sources) < style.pictures:
            values = {"model": "", "style": style.name, "fields": ["references"]}
            notes.append(Note(kind=NoteKind.STYLE_LEFT_OUT, values=values))
        return Preferred(
            draft=replace(draft, style=style.name, style_words=style.words),
            style=style,
            pictures=sources,
            defaults=defaults,
            notes=tuple(notes),
            covered=covered,
        )

    async def _source(self, style: Style, picture: StylePicture) -> ReferenceSource | None:
        path = await self._spool.get(picture.path)
        if path is None:
            return None
        return ReferenceSource(
            path=path,
            name=style.name,
            result=picture.result,
            # What a server's managers published is for all of its members.
            owner_id=None if style.guild_id else picture.owner_id,
        )


async def _covered(uow: UnitOfWork, style: Style, pictures: Sequence[StylePicture]) -> bool:
    """Tell whether a result that examples were, or were given to, is behind a spoiler."""
    if not pictures:
        return False
    job_ids = {one.result[0] for one in pictures if one.result}
    if made_from := await uow.styles.from_job(style.style_id):
        job_ids.add(made_from)
    found = [await uow.job_queries.get(job_id) for job_id in job_ids]
    return any(job is not None and job.spoiler for job in found)


async def _unknown(
    uow: UnitOfWork, who: Requester, policy: ServerPolicy, draft: Draft
) -> Violation | None:
    """Return what is wrong with the style that a draft names."""
    if not draft.style or draft.style_words is not None:
        return None
    values: dict[str, object] = {"style": draft.style}
    if not policy.settings.styles.on:
        return Violation(field="style", kind=ViolationKind.STYLES_OFF, values=values)
    place = {"user_id": who.user_id, "guild_id": who.scope}
    if await looked_up(uow, draft.style, **place) is not None:
        return None
    by_key = {key_of(one.name): one.name for one in await uow.styles.of(**place)}
    near = difflib.get_close_matches(key_of(draft.style), list(by_key), n=1)
    nearest = by_key[near[0]] if near else None
    return Violation(
        field="style", kind=ViolationKind.STYLE_UNKNOWN, suggestion=nearest, values=values
    )


async def _style(
    uow: UnitOfWork,
    who: Requester,
    policy: ServerPolicy,
    draft: Draft,
    defaults: MemberDefaults,
    *,
    typed: bool,
) -> tuple[Style | None, bool]:
    """Return the style that holds for a draft, and whether the server enforces it."""
    settings, done = policy.settings, draft.style_words is not None
    server = None
    if settings.server_style and settings.styles in (StyleUse.DEFAULT, StyleUse.ALWAYS):
        # Asked for as nobody: no member's own may stand in for it.
        key = key_of(settings.server_style)
        server = await uow.styles.named(key, user_id=0, guild_id=who.scope)
    if server is not None and settings.styles is StyleUse.ALWAYS:
        # Made before with this very style, a request has its words and pictures already.
        same = done and (draft.style, draft.style_words) == (server.name, server.words)
        return (None, False) if same else (server, True)
    if done or not settings.styles.on:
        return None, False
    for named in (draft.style, defaults.style if typed else None):
        own = named and await looked_up(uow, named, user_id=who.user_id, guild_id=who.scope)
        if own:
            return own, False
    return (server, False) if typed else (None, False)


def _notes(style: Style, draft: Draft, *, enforced: bool) -> tuple[Note, ...]:
    named = draft.style and key_of(draft.style) in (key_of(style.name), key_of(style.style_id))
    if enforced:
        return (Note(kind=NoteKind.STYLE_ENFORCED, values={"style": style.name}),)
    if named:
        return ()
    return (Note(kind=NoteKind.STYLE_USED, values={"style": style.name}),)
