"""Whether a request may start from its pictures: whose they are, and who has to agree.

Asked before anything is fetched, and once more in the transaction that accepts the request.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.errors import AccessError, Denial
from bot.domain.requests.consent import Photos, Whose, avatar_owner
from bot.domain.server import ServerSettings
from bot.services.ports import NOT_BY_OTHERS, ReferenceSource, UnitOfWork


async def check(
    uow: UnitOfWork,
    settings: ServerSettings,
    user_id: int,
    pictures: Sequence[ReferenceSource],
    mask: ReferenceSource | None,
) -> int | None:
    """Return the member who has to agree, None where nobody has to; raises AccessError.

    Who does not want others to edit their pictures is never asked.
    """
    _check_avatars(user_id, pictures)
    foreign = [one for one in pictures if one.result is None]
    if foreign and settings.photos is Photos.NOBODY:
        raise AccessError(Denial.RESULTS_ONLY)
    every = [*pictures, *([mask] if mask else [])]
    others = {one.owner_id for one in every} - {None, user_id}
    if others and not settings.others_pictures:
        raise AccessError(Denial.NOT_YOUR_PICTURE, server=True)
    for owner_id in sorted(filter(None, others)):
        mine = await uow.members.of(owner_id)
        if mine.get(NOT_BY_OTHERS):
            raise AccessError(Denial.NOT_YOUR_PICTURE, server=False)
    if settings.photos is not Photos.ASK:
        return None
    asked = {one.owner_id: one for one in foreign if one.owner_id not in (None, user_id)}
    if any(one.whose is Whose.BOT for one in asked.values()):
        raise AccessError(Denial.OWNER_CANNOT_AGREE)
    if len(asked) > 1:
        raise AccessError(Denial.SEVERAL_OWNERS)
    return next(iter(asked), None)


def known(source: ReferenceSource) -> ReferenceSource:
    """Return a picture with its owner as far as its address says it: an avatar is its member's."""
    owner_id = avatar_owner(source.url, source.proxy_url)
    if owner_id is None or source.result is not None:
        return source
    return ReferenceSource(
        url=source.url,
        path=source.path,
        name=source.name,
        declared_bytes=source.declared_bytes,
        trusted=source.trusted,
        owner_id=owner_id,
        whose=Whose.AVATAR,
        proxy_url=source.proxy_url,
    )


def _check_avatars(user_id: int, pictures: Sequence[ReferenceSource]) -> None:
    for one in pictures:
        if one.whose is Whose.AVATAR and one.owner_id != user_id:
            raise AccessError(Denial.NOT_YOUR_AVATAR)
