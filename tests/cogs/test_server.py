"""`/easel setup`, channel, role, model: who may, what changes, and what follows for members."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.domain.message_limits import CHOICES
from bot.ui.cards.setup import ZONES, menu_id
from bot.ui.discord_api import discord_limits
from bot.ui.messages.staff import setup as words
from tests.cogs.member_actions import (
    forbid,
    manager,
    posted,
    press,
    restart,
    show_to,
)
from tests.world import World, labels_of, text_of


async def panel(world: World, who: Any) -> Any:
    shown = await who.slash(world.art, "easel setup")
    assert shown.ephemeral
    return shown


async def choose(world: World, who: Any, key: str, value: Any) -> Any:
    """Open the panel, the page of a setting, and choose a value; return the panel."""
    shown = await panel(world, who)
    await who.select(shown.response, [key], custom_id=menu_id(key))
    await who.select(shown.response, [value], custom_id=f"s1:set:{key}")
    return shown


def private(shown: Any) -> Any:
    """Return what a press was answered with, be it the first answer or another."""
    return shown.followups[-1] if shown.followups else shown.response


async def setting(world: World, key: str) -> object:
    policy = await world.app.servers.settings.policy(world.guild.id)
    return getattr(policy.settings, key)


async def decided(world: World, who: Any, which: str, **options: Any) -> str:
    told = await who.slash(world.art, f"easel {which}", **options)
    assert told.ephemeral
    return text_of(told.response)


def refuse(world: World, channel: Any) -> None:
    """Answer posts as Discord does where a channel was deleted."""
    path = f"/channels/{channel.id}/messages"
    world.env.inject_error("POST", path, status=404, code=10003, times=9)


async def asked(world: World, who: Any, **options: Any) -> str:
    told = await who.slash(world.art, "imagine", prompt="a fox", **options)
    await world.finished()
    return text_of(told.response)


# --- who may ------------------------------------------------------------------------------------

COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("setup", {}),
    ("model", {"model": "doubao-seedream-4-5-251128", "rule": "deny"}),
    ("words add", {"word": "fox"}),
    ("words remove", {"word": "fox"}),
    ("words list", {}),
    ("stats", {"period": "week"}),
]


async def test_only_managers_see_the_command(world: World) -> None:
    maya = manager(world)
    admin = world.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    ada = world.guild.add_member(world.env.create_user("ada"), roles=[admin])

    for who, sees in ((maya, True), (ada, True), (world.mora, False), (world.alice, False)):
        assert ("easel setup" in who.available_commands(world.art)) is sees
    assert str(words.TITLE) in text_of((await panel(world, ada)).response)


@pytest.mark.parametrize(("which", "options"), COMMANDS)
async def test_who_is_shown_the_command_without_the_right_is_refused(
    world: World, which: str, options: dict[str, Any]
) -> None:
    show_to(world, "easel", world.alice, world.mora)
    for who in (world.alice, world.mora):
        assert "Manage Server" in await decided(world, who, which, **options)
    policy = await world.app.servers.settings.policy(world.guild.id)
    assert not policy.access
    assert not policy.words.words


async def test_channels_and_roles_are_refused_to_moderators_too(world: World) -> None:
    show_to(world, "easel", world.mora)
    role = world.guild.create_role("Painters")
    assert "Manage Server" in await decided(
        world, world.mora, "channel", channel=world.art, rule="deny"
    )
    assert "Manage Server" in await decided(world, world.mora, "role", role=role, rule="deny")
    assert "Done" in await asked(world, world.alice)


async def test_a_manager_who_lost_the_right_cannot_use_an_open_panel(world: World) -> None:
    maya = manager(world)
    shown = await panel(world, maya)
    await maya.select(shown.response, ["replies"], custom_id="s1:setup:members")
    world.env.backend.edit_member(world.guild.id, maya.id, {"role_ids": []})

    told = await maya.select(shown.response, ["off"], custom_id="s1:set:replies")
    assert "Manage Server" in text_of(private(told))
    assert await setting(world, "replies") == "confirm"


# --- the panel ----------------------------------------------------------------------------------


async def test_the_panel_names_every_setting_and_fits_discords_limits(world: World) -> None:
    maya = manager(world)
    for number in range(30):
        world.guild.create_text_channel(f"a-channel-with-quite-a-long-name-{number}")
    for channel in [c for name, c in world.guild.channels.items() if name != "art"][:26]:
        await decided(world, maya, "channel", channel=channel, rule="deny")
    shown = await panel(world, maya)
    text = text_of(shown.response)

    for name in ("Log channel", "Replies", "Show prompts", "Time zone", "Watermark", "Staff role"):
        assert f"{name}: **" in text
    for page in words.PAGES.values():
        assert f"{page}: " in text
    pages = [*words.ABOUT, *words.PAGES]
    for key in pages:
        menu = "s1:setup:pages" if key in words.PAGES else menu_id(key)
        await maya.select(shown.response, [key], custom_id=menu)
        parts = list(_walk(shown.response))
        assert sum(len(one.get("content", "")) for one in parts) <= discord_limits.LAYOUT_CHARACTERS
        assert len(parts) <= discord_limits.LAYOUT_COMPONENTS
        await press(maya, shown, label=str(words.BACK))
    assert str(words.TITLE) in text_of(shown.response)


def _walk(message: Any) -> Any:
    waiting = [p if isinstance(p, dict) else p.to_dict() for p in message.components]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += part.get("components", [])
        waiting += [part["accessory"]] if part.get("accessory") else []


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("replies", "off", "off"),
        ("prompts_shown", "off", False),
        ("others_pictures", "off", False),
        ("log_results", "on", True),
        ("ping_after_long_waits", "off", False),
        ("newcomer_seconds", "86400", 86400),
        ("cooldown_seconds", "30", 30),
        ("channel_cooldown_seconds", "5", 5),
        ("max_pictures", "2", 2),
        ("watermark", "on", "on"),
        ("time_zone", "Asia/Kolkata", "Asia/Kolkata"),
    ],
)
async def test_a_value_is_chosen_recorded_and_undone(
    world: World, key: str, value: str, stored: object
) -> None:
    maya = manager(world)
    before = await setting(world, key)
    shown = await choose(world, maya, key, value)

    assert await setting(world, key) == stored
    assert "→" in text_of(shown.response)
    (entry,) = await world.app.servers.changes.history(world.guild.id, limit=5)
    assert (entry.actor_id, entry.subject_id, entry.new) == (maya.id, key, stored)
    await press(maya, shown, label="Undo")
    assert await setting(world, key) == before


async def test_choosing_what_is_so_already_changes_nothing(world: World) -> None:
    maya = manager(world)
    shown = await choose(world, maya, "replies", "confirm")

    assert "Nothing changed: it was already set like that" in text_of(shown.response)
    assert await world.app.servers.changes.history(world.guild.id, limit=5) == []


async def test_channels_and_the_staff_role_are_chosen_and_taken_away(world: World) -> None:
    maya = manager(world)
    staff = world.guild.create_role("Helpers")
    for key, chosen in (("log_channel", world.art), ("post_to", world.art), ("staff_role", staff)):
        shown = await choose(world, maya, key, chosen)
        assert await setting(world, key) == chosen.id
        await maya.select(shown.response, [key], custom_id=menu_id(key))
        await press(maya, shown, label=str(words.NONE))
        assert await setting(world, key) == 0
        assert "→ **none**" in text_of(shown.response)


async def test_a_log_channel_that_all_can_read_is_pointed_out(world: World) -> None:
    shown = await choose(world, manager(world), "log_channel", world.art)
    assert str(words.LOG_OPEN) in text_of(shown.response)


async def test_a_channel_where_the_bot_cannot_write_is_not_taken(world: World) -> None:
    maya = manager(world)
    await forbid(world, "send_messages")
    shown = await choose(world, maya, "log_channel", world.art)

    assert "I am missing Send Messages" in text_of(shown.response)
    assert await setting(world, "log_channel") == 0


async def test_everyone_cannot_become_staff(world: World) -> None:
    maya = manager(world)
    shown = await choose(world, maya, "staff_role", world.guild.default_role)

    assert str(words.NOT_EVERYONE) in text_of(shown.response)
    assert await setting(world, "staff_role") == 0


async def test_any_time_zone_can_be_typed_and_a_wrong_one_is_answered(world: World) -> None:
    maya = manager(world)
    shown = await panel(world, maya)
    for typed, said, stored in (
        ("Berln", "Did you mean Europe/Berlin", "UTC"),
        ("utc+25", "I do not know the time zone", "UTC"),
        ("../../etc/passwd", "I do not know the time zone", "UTC"),
        ("kathmandu", "Asia/Kathmandu", "Asia/Kathmandu"),
        ("lord howe", "Australia/Lord\\_Howe", "Australia/Lord_Howe"),
        ("Pacific", "“Pacific” can be more than one time zone", "Australia/Lord_Howe"),
        ("Pacific", "America/Los\\_Angeles or America/Vancouver?", "Australia/Lord_Howe"),
        ("localtime", "I do not know the time zone", "Australia/Lord_Howe"),
        ("UTC+8", "Did you mean Etc/GMT-8 (UTC+8)?", "Australia/Lord_Howe"),
        ("Etc/GMT+8", "Etc/GMT+8 (UTC-8)", "Etc/GMT+8"),
    ):
        await maya.select(shown.response, ["time_zone"], custom_id="s1:setup:place")
        form = await maya.select(shown.response, ["other"], custom_id="s1:set:time_zone")
        await maya.submit_modal(form, {"zone": typed})
        assert said in text_of(shown.response)
        assert await setting(world, "time_zone") == stored
        await press(maya, shown, custom_id="s1:back")
    assert len(ZONES) < CHOICES


async def test_the_panel_answers_after_a_restart(world: World) -> None:
    maya = manager(world)
    shown = await panel(world, maya)
    await restart(world)
    await maya.select(shown.response, ["replies"], custom_id="s1:setup:members")
    await restart(world)
    await maya.select(shown.response, ["off"], custom_id="s1:set:replies")

    assert await setting(world, "replies") == "off"
    await maya.select(shown.response, ["time_zone"], custom_id="s1:setup:place")
    form = await maya.select(shown.response, ["other"], custom_id="s1:set:time_zone")
    await restart(world)
    await maya.submit_modal(form, {"zone": "Tokyo"})
    assert await setting(world, "time_zone") == "Asia/Tokyo"


async def test_missing_rights_are_named_channel_by_channel(world: World) -> None:
    maya = manager(world)
    assert "I have all permissions I need in 1 channel" in text_of(
        (await panel(world, maya)).response
    )
    await forbid(world, "attach_files")
    shown = await panel(world, maya)
    assert f"<#{world.art.id}>: I am missing Attach Files" in text_of(shown.response)

    attic = world.guild.create_text_channel("attic")
    world.env.backend.set_overwrite(
        attic.id,
        Overwrite(
            target_id=world.guild.id,
            type=OverwriteType.ROLE,
            allow=0,
            deny=discord.Permissions(view_channel=True).value,
        ),
    )
    await world.env.settle()
    await press(maya, shown, label=str(words.AGAIN))
    assert "I cannot see 1 channel" in text_of(shown.response)


async def test_what_was_deleted_on_discord_is_pointed_out(world: World) -> None:
    maya = manager(world)
    log, gallery = (world.guild.create_text_channel(name) for name in ("log", "gallery"))
    role = world.guild.create_role("Helpers")
    await choose(world, maya, "log_channel", log)
    await choose(world, maya, "post_to", gallery)
    await choose(world, maya, "staff_role", role)
    await decided(world, maya, "channel", channel=log, rule="allow")
    for channel in (log, gallery):
        world.env.backend.delete_channel(channel.id)
        refuse(world, channel)
    world.env.backend.delete_role(world.guild.id, role.id)
    await world.env.settle()

    shown = await panel(world, maya)
    text = text_of(shown.response)
    assert "Log channel: that channel is gone" in text
    assert "Results channel: that channel is gone" in text
    assert str(words.ROLE_GONE) in text
    assert str(words.NONE_LEFT) in text
    assert f"channel that is gone ({log.id}) allowed" in text
    await maya.select(shown.response, ["channel"], custom_id="s1:setup:pages")
    await maya.select(shown.response, [f"{log.id}|0"], custom_id="s1:clear:channel")
    assert f"Channel <#{log.id}>: allowed → **no rule**" in text_of(shown.response)
    assert "Undo" in labels_of(shown.response)
    assert "Done" in await asked(world, world.alice)


# --- where, who, which model --------------------------------------------------------------------


async def test_the_first_allowed_channel_closes_the_others(world: World) -> None:
    maya = manager(world)
    other = world.guild.create_text_channel("bots")
    told = await decided(world, maya, "channel", channel=other, rule="allow", reason="one place")

    assert "no rule → **allowed**" in told
    assert "one place" in told
    assert "From now on, only allowed channels take requests" in told
    assert f"<#{other.id}>" in await asked(world, world.alice)
    assert "Nothing changed: it was already set like that" in await decided(
        world, maya, "channel", channel=other, rule="allow"
    )
    told = await decided(world, maya, "channel", channel=other, rule="clear")
    assert "No channel is allowed by name any more" in told
    assert "Done" in await asked(world, world.alice)


async def test_a_role_is_denied_and_everyone_is_no_role(world: World) -> None:
    maya = manager(world)
    quiet = world.guild.create_role("Quiet")
    carl = world.guild.add_member(world.env.create_user("carl"), roles=[quiet])
    await decided(world, maya, "role", role=quiet, rule="deny")

    assert "role" in await asked(world, carl)
    assert "Done" in await asked(world, world.alice)
    everyone = world.guild.default_role
    assert "That role includes everyone" in await decided(
        world, maya, "role", role=everyone, rule="deny"
    )
    assert "Done" in await asked(world, world.alice)


async def test_a_model_is_denied_by_any_of_its_names(world: World) -> None:
    maya = manager(world)
    found = await maya.autocomplete(world.art, "easel model", "model", "gpt")
    assert found
    told = await decided(world, maya, "model", model="gpt image", rule="deny")
    assert "Model gpt-image-" in told
    assert "There is no such model here" in await decided(
        world, maya, "model", model="dall-e-9", rule="deny"
    )
    denied = next(iter((await world.app.servers.settings.policy(world.guild.id)).access)).subject
    refused = await asked(world, world.alice, model=denied)
    assert "Done" not in refused


async def test_denying_the_last_model_is_pointed_out(world: World) -> None:
    maya = manager(world)
    offered = [offer.model_id for offer in world.app.adapters.catalog.models()]
    told = [await decided(world, maya, "model", model=one, rule="deny") for one in offered]

    assert "No model is left for everyone" in told[-1]
    assert all("No model is left" not in one for one in told[:-1])


async def test_a_model_for_one_role_alone(world: World) -> None:
    maya = manager(world)
    model = "doubao-seedream-4-5-251128"
    painters = world.guild.create_role("Painters")
    carl = world.guild.add_member(world.env.create_user("carl"), roles=[painters])
    told = await decided(world, maya, "model", model=model, rule="allow", role=painters)

    assert f"for <@&{painters.id}>" in told
    assert "Done" in (await asked(world, carl, model=model))
    assert "Done" not in (await asked(world, world.alice, model=model))


# --- what settings do ---------------------------------------------------------------------------


async def test_results_go_to_the_channel_for_results_and_tickets_lead_there(world: World) -> None:
    gallery = world.guild.create_text_channel("gallery")
    await world.decide("post_to", gallery.id)
    told = await asked(world, world.alice)

    (result,) = [message for message in gallery.history() if message.attachments]
    assert f"/{gallery.id}/{result.id}" in told
    assert world.results() == []
    listed = await world.alice.slash(world.art, "jobs")
    (job,) = await world.jobs(world.alice)
    assert listed.response
    await world.alice.select(listed.response, [job.job_id])
    assert f"/{gallery.id}/{result.id}" in text_of(listed.response)


async def test_results_stay_where_they_were_asked_for_when_their_channel_is_gone(
    world: World,
) -> None:
    gallery = world.guild.create_text_channel("gallery")
    await world.decide("post_to", gallery.id)
    refuse(world, gallery)
    told = await asked(world, world.alice)

    (result,) = world.results()
    assert f"/{world.art.id}/{result.id}" in told
    assert await world.left(world.alice) == 9


async def test_a_channels_cooldown_counts_where_people_ask(world: World) -> None:
    gallery = world.guild.create_text_channel("gallery")
    await world.decide("post_to", gallery.id)
    await world.decide("channel_cooldown_seconds", 60)
    await asked(world, world.alice)

    assert "Done" not in (await asked(world, world.bob))


async def test_hidden_prompts_stand_nowhere_that_others_can_read(world: World) -> None:
    await world.decide("prompts_shown", False)
    result = await posted(world, "a secret garden")

    assert "secret" not in result.content
    assert f"<@{world.alice.id}>" in result.content
    assert "secret" not in (result.attachments[0].description or "")
    for who, reads in ((world.bob, False), (world.alice, True), (world.mora, True)):
        shown = await press(who, result, label="Details")
        assert ("secret" in text_of(private(shown))) is reads
    again = await press(world.bob, result, label="Again")
    await world.finished()
    assert "shows a prompt only to the person who wrote it" in text_of(again.response)
    assert len(world.results()) == 1


async def test_a_word_forbidden_later_is_masked_for_others(world: World) -> None:
    maya = manager(world)
    result = await posted(world, "a purple fox")
    await maya.slash(world.art, "easel words add", word="purple")
    shown = await press(world.bob, result, label="Details")

    assert "a … fox" in text_of(private(shown))


async def test_members_see_the_most_pictures_in_their_quota(world: World) -> None:
    await world.decide("max_pictures", 2)
    shown = await world.alice.slash(world.art, "quota")

    assert "At most 2 pictures in one request here." in text_of(shown.response)
