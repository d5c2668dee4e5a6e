"""A simulated Discord with the real bot on a real database and the local image APIs."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import discord
import simcord
from PIL import Image

from bot.app import App
from bot.domain.job import Job
from bot.sandbox.discord_rules import DiscordRules, shape
from bot.sandbox.image_apis import ImageApis
from bot.sandbox.world import Files
from bot.services.servers.decisions import SettingDecision
from tests import openapi

PATIENCE_SECONDS = 8
_SEEN: set[str] = set()


@dataclass(slots=True, kw_only=True)
class World:
    """One server with a channel, two members and a moderator."""

    app: App
    env: simcord.Env
    rules: DiscordRules
    apis: ImageApis
    guild: simcord.GuildHandle
    art: simcord.ChannelHandle
    alice: simcord.MemberActor
    bob: simcord.MemberActor
    mora: simcord.MemberActor
    errors: list[str] = field(default_factory=list[str])

    async def finished(self) -> None:
        """Wait until every job has ended and Discord has seen all of it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.app.jobs.worker.drained()
        await self.env.settle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds; fails after some seconds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.002)  # jobs move in the database: nothing to wait on
        await self.env.settle()

    async def decide(self, key: str, value: object) -> None:
        """Set a server's setting, as a manager would."""
        changes = self.app.servers.changes
        await changes.set(
            changes.actor(self.guild.id, self.mora.id),
            SettingDecision(key),
            value,
            action="setting",
        )

    async def jobs(self, member: simcord.MemberActor) -> list[Job]:
        """Return a member's jobs, newest first."""
        async with self.app.database.read() as uow:
            return await uow.job_queries.recent(member.id, guild_id=self.guild.id, limit=20)

    async def left(self, member: simcord.MemberActor) -> int | None:
        """Return how many credits a member has left."""
        intake = self.app.requests.intake
        quota_status = await intake.quota_status(guild_id=self.guild.id, user_id=member.id)
        return quota_status.left

    def first_answers(self) -> list[discord.InteractionResponseType]:
        """Return how each interaction was answered at first: with a message, or a promise."""
        answers = [r.json for r in self.env.http_requests if r.path.endswith("/callback")]
        return [discord.InteractionResponseType(answer["type"]) for answer in answers if answer]

    def results(self) -> list[discord.Message]:
        """Return the messages with pictures that everybody sees, oldest first."""
        return [message for message in self.art.history() if message.attachments]


def populated(
    env: simcord.Env, app: App, apis: ImageApis, files: Files, errors: list[str]
) -> World:
    """Make a server with a channel, two members and a moderator, in a Discord like the real one."""
    rules = shape(env, cdn_base=files.base)
    files.store = rules.cdn
    guild = env.create_guild("Paper Lantern Club")
    moderators = guild.create_role(
        "Moderators", permissions=discord.Permissions(moderate_members=True, send_messages=True)
    )
    return World(
        app=app,
        env=env,
        rules=rules,
        apis=apis,
        guild=guild,
        art=guild.create_text_channel("art"),
        alice=guild.add_member(env.create_user("alice")),
        bob=guild.add_member(env.create_user("bob")),
        mora=guild.add_member(env.create_user("mora"), roles=[moderators]),
        errors=errors,
    )


def traffic_problems(env: simcord.Env) -> list[str]:
    """Hold every call of the bot against Discord's specification, where it is at hand."""
    specification = openapi.load()
    if specification is None:
        return []
    found: list[str] = []
    for call in env.http_requests:
        query = {name: str(value) for name, value in call.params.items()}
        # Every test sends the same commands at its start; once is enough to hold them against it.
        key = repr((call.method, call.path, query, call.json))
        if key not in _SEEN:
            problems = specification.check(call.method, call.path, query, call.json)
            found += problems
            if not problems:
                _SEEN.add(key)
    return found


def text_of(source: Any) -> str:
    """Return all texts of a layout, and the labels of its buttons, below each other."""
    return "\n".join(_texts(source.components))


def _texts(components: Any) -> Iterator[str]:
    for part in components:
        raw = part if isinstance(part, dict) else part.to_dict()
        for key in ("content", "label"):
            if raw.get(key):
                yield str(raw[key])
        yield from _texts(_inner(raw))


def labels_of(source: Any) -> list[str]:
    """Return the labels of a layout's buttons."""
    return list(_labels(source.components))


def _labels(components: Any) -> Iterator[str]:
    for part in components:
        raw = part if isinstance(part, dict) else part.to_dict()
        if raw.get("type") == discord.ComponentType.button.value:
            yield str(raw["label"])
        yield from _labels(_inner(raw))


def _inner(raw: Any) -> list[Any]:
    """Return what a component holds, and what stands beside it."""
    beside = [raw["accessory"]] if raw.get("accessory") else []
    return [*raw.get("components", ()), *beside]


def png(width: int = 640, height: int = 480, colour: str = "teal") -> bytes:
    """Return a picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()
