"""The demo: a simulated Discord with a server, its members, a channel and a browser page.

Must not know the bot: it is given a discord.py client and everything that has to run beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from random import Random

import discord
import simcord
from aiohttp import web
from simcord._clock import Clock
from simcord.backend.cdn import CdnStore
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.sandbox import page, page_menus, page_scripts, page_speed
from bot.sandbox.discord_cdn import DiscordCdn, serve_file
from bot.sandbox.discord_rules import shape
from bot.sandbox.image_apis.pictures.scenery import Mood, landscape

BOT_NAME = "Easel"
# The page's address stays the same over restarts; it is on loopback only.
CAPABILITY = "demo"

_MEMBER = discord.Permissions(
    view_channel=True,
    send_messages=True,
    attach_files=True,
    embed_links=True,
    add_reactions=True,
    read_message_history=True,
    use_application_commands=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the demo itself says: a pinned post, the channel's topic, a post with a picture."""

    welcome: str
    topic: str
    photo: str
    menus: page_menus.MenuWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server of the demo, and who is in it.

    `chinese` has Discord in Simplified Chinese; `log_reader` sees the log in place of #art, and
    `visitor` the gallery, whose pictures come from the `studio`.
    """

    guild_id: int
    channel: simcord.ChannelHandle
    log: simcord.ChannelHandle
    gallery: simcord.ChannelHandle
    studio: simcord.ChannelHandle
    members: tuple[simcord.MemberActor, ...]
    chinese: simcord.MemberActor
    moderator: simcord.MemberActor
    manager: simcord.MemberActor
    log_reader: simcord.MemberActor
    visitor: simcord.MemberActor

    def seen_by(self, viewer: simcord.MemberActor) -> simcord.ChannelHandle:
        """Return the channel that somebody looks at."""
        if viewer is self.visitor:
            return self.gallery
        return self.log if viewer is self.log_reader else self.channel

    @property
    def viewers(self) -> list[simcord.MemberActor]:
        """Return whom the page can be seen as."""
        staff = (self.moderator, self.manager, self.log_reader)
        return [*self.members, self.chinese, *staff, self.visitor]


class WallClock(Clock):
    """Real time for the simulated Discord: timestamps, the 3 s rule and tokens are real."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(slots=True)
class Files:
    """Where members' uploads are downloaded from: Discord's file store, on loopback."""

    base: str
    store: CdnStore | None = None


@asynccontextmanager
async def serve_files() -> AsyncIterator[Files]:
    """Serve uploads on a free port, known before the world exists."""
    files = Files(base="")

    async def answer(request: web.Request) -> web.Response:
        if not isinstance(files.store, DiscordCdn):
            raise web.HTTPNotFound
        return await serve_file(files.store, request)

    app = web.Application()
    app.router.add_get("/attachments/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        files.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield files
    finally:
        await runner.cleanup()


async def show(
    client: discord.Client,
    *,
    files: Files,
    services: Callable[[], AbstractAsyncContextManager[object]],
    port: int,
    words: Words,
    furnish: Callable[[Place], Awaitable[None]],
    remember: Callable[[Place], Coroutine[None, None, None]],
    ready: Callable[[str], None],
) -> None:
    """Run the client in a simulated Discord and serve its page until the page is closed.

    `services` are entered inside the world, so that they see its clock and its webhooks;
    `furnish` then decides what the server has decided before, and once the page is there `remember`
    lets happen what happened before. `ready` gets the page's address.
    """
    env = simcord.Env(client, shard_count=1, settle_timeout=10, check_errors=False)
    env.backend.clock = WallClock()
    rules = shape(env, cdn_base=files.base)
    files.store = rules.cdn
    place = _populate(env)
    rules.locales[place.chinese.id] = "zh-CN"
    page.keep_clicks()
    page_scripts.keep_places()
    page_speed.read_texts_once()
    await env.start()
    try:
        with env.time_context():
            async with services():
                await _introduce(env, client, place, words)
                await furnish(place)
                preview = env.preview(
                    place.channel, viewers=place.viewers, layout="channel", port=port
                )
                preview.capability = CAPABILITY
                preview._media_worker = page_speed.Media()
                page_menus.offer(env, preview, words.menus)
                page.act_where_seen(preview, place.seen_by)
                async with preview:
                    ready(preview.url)
                    past = asyncio.create_task(remember(place))
                    try:
                        await page.follow(env, preview, place.seen_by)
                    finally:
                        past.cancel()
                        await asyncio.gather(past, return_exceptions=True)
    finally:
        await env.shutdown()


def _populate(env: simcord.Env) -> Place:
    guild = env.create_guild("Paper Lantern Club")

    def member(name: str, shown: str, *roles: simcord.RoleHandle) -> simcord.MemberActor:
        return guild.add_member(env.create_user(name, global_name=shown), roles=list(roles))

    rights = _MEMBER | discord.Permissions(moderate_members=True, manage_messages=True)
    moderators = guild.create_role("Moderators", permissions=rights)
    managers = guild.create_role(
        "Managers", permissions=rights | discord.Permissions(manage_guild=True)
    )
    channel = guild.create_text_channel("art")
    hidden = discord.PermissionOverwrite(view_channel=False)
    shown = discord.PermissionOverwrite(view_channel=True)
    log = guild.create_text_channel(
        "staff-log",
        overwrites={guild.default_role: hidden, moderators: shown, managers: shown},
    )
    mine = Overwrite(
        target_id=env.backend.bot_user.id,
        type=OverwriteType.MEMBER,
        allow=discord.Permissions(view_channel=True).value,
    )
    env.backend.set_overwrite(log.id, mine)
    return Place(
        guild_id=guild.id,
        channel=channel,
        log=log,
        gallery=guild.create_text_channel("gallery"),
        studio=guild.create_text_channel("studio"),
        members=(member("alice", "Alice"), member("bob", "Bob")),
        chinese=member("xiaolin", "小林 (中文)"),
        moderator=member("mora", "Mora (moderator)", moderators),
        manager=member("maya", "Maya (manager)", managers),
        log_reader=member("milo", "Milo (in #staff-log)", moderators),
        visitor=member("lena", "Lena (in #gallery)"),
    )


async def _introduce(env: simcord.Env, client: discord.Client, place: Place, words: Words) -> None:
    if client.user is not None:
        await client.user.edit(username=BOT_NAME)
    env.backend.get_channel(place.channel.id).topic = words.topic
    _, bob = place.members
    await bob.send(place.channel, words.photo, attachments=[("photo.jpg", _photo())])
    post = await place.moderator.send(place.channel, words.welcome)
    await place.moderator.set_pinned(post, True)


def _photo() -> bytes:
    """Draw a picture that the bot did not make, for the menus of messages."""
    random = Random(7)  # noqa: S311 (art, not secrets)
    canvas = landscape((1200, 800), Mood.of("a boat on a lake", random), random, sky=True)
    file = BytesIO()
    canvas.convert("RGB").save(file, "JPEG")
    return file.getvalue()
