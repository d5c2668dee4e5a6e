"""Seeds the demo with a gallery: one member makes pictures, the others put stars on them.

Must not know the bot: it is told how to open a gallery, and when pictures are drawn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import simcord

from bot.sandbox.world import Place

STAR = "⭐"


async def seed_gallery(
    place: Place,
    prompts: Sequence[str],
    *,
    opened: Callable[[int], Awaitable[object]],
    drawn: Callable[[], Awaitable[object]],
) -> simcord.ChannelHandle:
    """Make a channel for the gallery, and pictures of which each gets three stars.

    `opened` makes the channel, by its id, the gallery of the server; `drawn` waits until what was
    asked for is posted.
    """
    guild = place.channel.guild
    if guild is None:
        raise ValueError("the channel is in no server")
    gallery = guild.create_text_channel("gallery")
    await opened(gallery.id)
    maker, *others = place.members
    for prompt in prompts:
        await maker.slash(place.channel, "imagine", prompt=prompt)
        await drawn()
        (*_, result) = (
            one for one in place.channel.history() if one.attachments and one.author.bot
        )
        for member in (*others, place.chinese, place.moderator):
            await member.react(result, STAR)
    return gallery
