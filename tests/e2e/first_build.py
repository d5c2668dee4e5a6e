"""Unpacks what a process of the first build left when it was killed, into a test's place.

Its placeholders (`make.py` in the fixture's folder explains them) become numbers of today: it was
killed two minutes ago, so that leases are over and tickets can still be edited.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord
from simcord.backend.models import Interaction, Message
from simcord.backend.models.interaction import ResponseKind
from simcord.backend.models.message import Reaction

from tests.e2e.place import Place

FOLDER = Path(__file__).parents[1] / "fixtures" / "first_build"
# What that process was started with, where it matters later.
SETTINGS = {"EASEL_QUOTA__DEFAULT": "50/day"}
AGO_SECONDS = 120

_PLACEHOLDER = re.compile(
    r"\{(?:now(?P<time>[+-]\d+)|id(?P<ms>[+-]\d+)\.(?P<low>\d+)|(?P<name>\w+))\}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBuild:
    """Who is in the unpacked world, and what the first build had sent to it."""

    members: dict[str, simcord.MemberActor]
    channels: dict[str, simcord.ChannelHandle]
    # Kind ("button" or "menu") and custom id.
    custom_ids: list[tuple[str, str]]
    forms: list[dict[str, Any]]


def unpack(place: Place) -> FirstBuild:
    """Write database and spool into the place's folder, and fill its Discord and image APIs."""
    place.settings |= SETTINGS
    world = (FOLDER / "discord.json").read_text()
    names = {kind: re.findall(r'"(\w+)"', _list(world, kind)) for kind in ("channels", "members")}
    guild = place.art.guild
    assert guild
    staff = guild.create_role(
        "Staff", permissions=discord.Permissions(moderate_members=True, manage_guild=True)
    )
    channels, members = {"art": place.art}, {"alice": place.alice, "bob": place.bob}
    for name in names["channels"]:
        channels.setdefault(name, guild.create_text_channel(name))
    for name in names["members"]:
        if name not in members:
            roles = [staff] if name == "mora" else []
            members[name] = guild.add_member(place.wire.create_user(name), roles=roles)
    backend = place.wire.backend
    known: dict[str, object] = {"guild": guild.id, "bot": backend.bot_user.id}
    known |= {"app": backend.application_id, "cdn": place.wire.cdn_base, "apis": place.apis.url}
    known |= _assets(place)
    known |= {name: one.id for name, one in [*channels.items(), *members.items()]}
    fill = _filler(known, int(time.time()) - AGO_SECONDS)

    with closing(sqlite3.connect(place.folder / "easel.db")) as database:
        database.executescript(fill((FOLDER / "database.sql").read_text()))
    for file in (FOLDER / "spool").glob("*/*"):
        copy = place.folder / "spool" / file.parent.name / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        reply = file.name.startswith("reply-")
        copy.write_bytes(fill(file.read_text()).encode() if reply else file.read_bytes())
    _fill_discord(place, json.loads(fill(world)))
    for name, url in json.loads(fill((FOLDER / "attachments.json").read_text())).items():
        backend.cdn._blobs[url] = (FOLDER / "attachments" / name).read_bytes()
    lines = fill((FOLDER / "custom_ids.txt").read_text()).splitlines()
    return FirstBuild(
        members=members,
        channels=channels,
        custom_ids=[(kind, custom_id) for kind, _, custom_id in (x.partition(" ") for x in lines)],
        forms=json.loads(fill((FOLDER / "forms.json").read_text())),
    )


def _list(text: str, name: str) -> str:
    found = re.search(rf'"{name}": \[(.*?)\]', text, re.DOTALL)
    assert found
    return found[1]


def _filler(known: Mapping[str, object], killed_at: int) -> Callable[[str], str]:
    def filled(match: re.Match[str]) -> str:
        if match["time"]:
            return str(killed_at + int(match["time"]))
        if match["ms"]:
            made_ms = killed_at * 1000 + int(match["ms"]) - discord.utils.DISCORD_EPOCH
            return str(made_ms << 22 | int(match["low"]))
        return str(known[match["name"]])

    return lambda text: _PLACEHOLDER.sub(filled, text)


def _assets(place: Place) -> dict[str, object]:
    """Let the image APIs serve what their replies name; return the addresses."""
    store = place.apis._state.assets
    files = (FOLDER / "assets").iterdir()
    return {file.stem: store.add(file.read_bytes(), file.suffix[1:]) for file in files}


def _fill_discord(place: Place, world: dict[str, Any]) -> None:
    backend = place.wire.backend
    for values in world["messages"]:
        reactions = [Reaction(**reaction) for reaction in values.pop("reactions")]
        made_at = discord.utils.snowflake_time(values["id"]).isoformat()
        message = Message(**values, reactions=reactions, timestamp=made_at)
        backend.messages[message.channel_id][message.id] = message
    for values in world["interactions"]:
        interaction = Interaction(
            **values,
            expires_at=backend.iso_after(15 * 60 - AGO_SECONDS),
            responded=True,
            response_kind=ResponseKind.MESSAGE,
            ephemeral=True,
        )
        backend.interactions[interaction.id] = interaction
        backend.interaction_tokens[interaction.token] = interaction.id
