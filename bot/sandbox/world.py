"""The demo: a simulated Discord with a server, its members, a channel and a browser page.

Knows SimCord's insides for the page (the version is pinned); must not know the bot: it is
handed a discord.py client and whatever has to run beside it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import discord
import simcord
from aiohttp import web
from simcord._clock import Clock
from simcord.backend.cdn import CdnStore
from simcord.preview import Preview, _actions

from bot.sandbox.discord_cdn import DiscordCdn, serve_file
from bot.sandbox.discord_rules import shape

BOT_NAME = "Easel"
REFRESH_SECONDS = 0.25
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
    welcome: str,
    ready: Callable[[str], None],
) -> None:
    """Run the client in a simulated Discord and serve its page until the page is closed.

    `services` are entered inside the world, so that they see its clock and its webhooks.
    `ready` gets the page's address.
    """
    env = simcord.Env(client, shard_count=1, settle_timeout=10, check_errors=False)
    env.backend.clock = WallClock()
    files.store = shape(env, cdn_base=files.base).cdn
    channel, viewers = _populate(env)
    _keep_clicks()
    await env.start()
    try:
        with env.time_context():
            async with services():
                await _introduce(client, viewers[-1], channel, welcome)
                preview = env.preview(channel, viewers=viewers, layout="channel", port=port)
                preview.capability = CAPABILITY
                async with preview:
                    ready(preview.url)
                    await _follow(env, preview)
    finally:
        await env.shutdown()


def _populate(
    env: simcord.Env,
) -> tuple[simcord.ChannelHandle, list[simcord.MemberActor]]:
    guild = env.create_guild("Paper Lantern Club")
    moderator_role = guild.create_role(
        "Moderators",
        permissions=_MEMBER
        | discord.Permissions(moderate_members=True, manage_messages=True, manage_guild=True),
    )
    channel = guild.create_text_channel("art")
    alice = guild.add_member(env.create_user("alice", global_name="Alice"))
    bob = guild.add_member(env.create_user("bob", global_name="Bob"))
    mora = guild.add_member(
        env.create_user("mora", global_name="Mora (moderator)"), roles=[moderator_role]
    )
    return channel, [alice, bob, mora]


async def _introduce(
    client: discord.Client,
    moderator: simcord.MemberActor,
    channel: simcord.ChannelHandle,
    welcome: str,
) -> None:
    if client.user is not None:
        await client.user.edit(username=BOT_NAME)
    await moderator.send(channel, welcome)


async def _follow(env: simcord.Env, preview: Preview) -> None:
    """Publish the page after each change that the bot made, until the page ends the session.

    `preview.refresh()` would wait for the bot first and refuse what a person does meanwhile:
    a lost click. Publishing alone happens between two steps of the loop.
    """
    closed = asyncio.create_task(preview.wait_closed())
    seen = -1
    try:
        while not closed.done():
            count = len(env.http_requests)
            if count != seen and env._operation_task is None:
                # Relative times count from here; the page itself has no clock.
                preview.capture_time = env.backend.clock.now()
                for page in list(preview._pages.values()):
                    preview._publish(page, reason="refresh")
                seen = count
            await asyncio.wait([closed], timeout=REFRESH_SECONDS)
    finally:
        closed.cancel()


@functools.cache
def _keep_clicks() -> None:
    """Let the page act on a state it has not re-read yet; targets are validated all the same."""
    _actions.ACTION_SPECS = {
        name: dataclasses.replace(spec, revision_bound=False)
        for name, spec in _actions.ACTION_SPECS.items()
    }
