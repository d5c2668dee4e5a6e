"""What a report shows to moderators, for how long, and hiding behind a spoiler."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.ui import buttons
from tests.cogs.member_actions import manager, newest, posted, press, removed, restart
from tests.cogs.test_actions import forged
from tests.cogs.test_moderate import record
from tests.cogs.test_places import for_adults
from tests.cogs.test_reports import cards_in, log_of, now
from tests.world import World, labels_of, text_of

VIEW = discord.Permissions(view_channel=True).value


def let_in(world: World, channel: Any, target_id: int, *, role: bool = True) -> None:
    """Let a role or a member see a channel."""
    kind = OverwriteType.ROLE if role else OverwriteType.MEMBER
    world.env.backend.set_overwrite(
        channel.id, Overwrite(target_id=target_id, type=kind, allow=VIEW, deny=0)
    )


def shut(world: World, channel: Any) -> None:
    """Show a channel to moderators alone."""
    everyone = world.guild.id
    hidden = Overwrite(target_id=everyone, type=OverwriteType.ROLE, allow=0, deny=VIEW)
    world.env.backend.set_overwrite(channel.id, hidden)
    (mods,) = world.env.backend.get_guild(world.guild.id).members[world.mora.id].role_ids
    let_in(world, channel, mods)
    assert world.env.bot.user
    let_in(world, channel, world.env.bot.user.id, role=False)


async def staff_log(world: World) -> simcord.ChannelHandle:
    """Give the server a log channel that only moderators read."""
    log = await log_of(world)
    shut(world, log)
    await world.env.settle()
    return log


async def report(world: World, result: discord.Message) -> Any:
    form = await world.bob.context_menu(world.art, "Report picture", result)
    return await world.bob.submit_modal(form, {"reason": "hate", "text": "look"})


async def reported(
    world: World, log: simcord.ChannelHandle, **options: Any
) -> tuple[discord.Message, discord.Message]:
    """Let Bob report Alice's new result; return the result and the card."""
    result = await posted(world, **options)
    await report(world, result)
    return result, cards_in(log, "**Report**")[-1]


def pictures_of(card: discord.Message) -> list[discord.MediaGalleryItem]:
    def walk(parts: Any) -> Any:
        for part in parts:
            yield from getattr(part, "items", ())
            yield from walk(getattr(part, "children", ()))

    return list(walk(card.components))


def files_of(world: World, message: discord.Message) -> list[dict[str, Any]]:
    """Return the files that a message holds, shown or not."""
    return world.env.backend.messages[message.channel.id][message.id].attachments


# --- what a card shows ----------------------------------------------------------------------


async def test_the_card_shows_picture_prompt_model_and_reporter_to_staff(world: World) -> None:
    log = await staff_log(world)
    await world.decide("prompts_shown", False)
    _, card = await reported(world, log, prompt="a red fox")

    text = text_of(card)
    assert "a red fox" in text
    assert "Seedream 4.5" in text
    assert f"<@{world.alice.id}>" in text
    assert f"Reported by <@{world.bob.id}>" in text
    (picture,) = pictures_of(card)
    assert picture.spoiler
    assert world.rules.cdn.get(picture.media.url)


async def test_where_others_read_it_the_card_says_no_more_than_the_picture(world: World) -> None:
    log = await log_of(world)
    await world.decide("prompts_shown", False)
    _, card = await reported(world, log, prompt="a red fox")

    assert "fox" not in text_of(card)
    assert f"<@{world.bob.id}>" not in text_of(card)
    await world.decide("prompts_shown", True)
    world.env.backend.delete_message(world.art.id, world.results()[0].id)
    _, card = await reported(world, log, prompt="a red hen")
    assert "a red hen" in text_of(card)


async def test_whom_a_channel_lets_in_decides_whether_the_reporter_is_named(world: World) -> None:
    log = await staff_log(world)
    helpers = world.guild.create_role("Helpers")
    let_in(world, log, helpers.id)
    await world.env.settle()
    _, card = await reported(world, log)
    assert f"<@{world.bob.id}>" not in text_of(card)

    await world.decide("staff_role", helpers.id)
    _, card = await reported(world, log)
    assert f"Reported by <@{world.bob.id}>" in text_of(card)

    # Somebody who is let in alone may be anybody.
    let_in(world, log, world.alice.id, role=False)
    await world.env.settle()
    _, card = await reported(world, log)
    assert f"<@{world.bob.id}>" not in text_of(card)


async def test_a_card_that_others_can_read_later_loses_the_name_at_the_next_press(
    world: World,
) -> None:
    log = await staff_log(world)
    _, card = await reported(world, log)
    await press(world.mora, card, label="Hide behind a spoiler")
    card = await now(log, card)
    assert "Reported by" in text_of(card)

    let_in(world, log, world.guild.id)
    await world.env.settle()
    await press(world.mora, card, label="Block 1 day")
    card = await now(log, card)
    assert "Reported by" not in text_of(card)
    assert "hid the picture" in text_of(card)
    maya = manager(world)
    shown = await maya.slash(world.art, "easel setup")
    assert f"Not only staff can read <#{log.id}>" in text_of(shown.response)


async def test_all_pictures_of_a_set_are_on_the_card(world: World) -> None:
    log = await staff_log(world)
    _, card = await reported(world, log, count=4)
    assert len(pictures_of(card)) == 4
    assert all(picture.spoiler for picture in pictures_of(card))
    await press(world.mora, card, label="Block 1 day")
    card = await now(log, card)
    assert len(pictures_of(card)) == 4
    assert len(files_of(world, card)) == 4


async def test_pictures_for_adults_stay_in_channels_for_adults(world: World) -> None:
    log = await staff_log(world)
    for_adults(world, world.art)
    _, card = await reported(world, log)

    assert pictures_of(card) == []
    assert "age-restricted" in text_of(card)


async def test_a_report_comes_without_pictures_where_they_cannot_be_uploaded(
    world: World,
) -> None:
    log = await staff_log(world)
    result = await posted(world)
    path = f"/channels/{log.id}/messages"
    world.env.inject_error("POST", path, status=413, code=40005, times=1)
    told = await report(world, result)

    (card,) = cards_in(log, "**Report**")
    assert "can see your report" in text_of(told.response)
    assert pictures_of(card) == []
    assert "could not get the pictures" in text_of(card)


async def test_a_private_result_has_only_what_can_be_done_about_it(world: World) -> None:
    log = await staff_log(world)
    shown = await world.alice.slash(world.art, "imagine", prompt="a fox", private=True)
    await world.finished()
    details = await press(world.alice, shown, label="Details")
    form = await press(world.alice, details, label="Report")
    await world.alice.submit_modal(form, {"reason": "other"})
    (card,) = cards_in(log, "**Report**")
    assert labels_of(card) == ["Block 1 day", "Dismiss"]


async def test_what_is_behind_a_spoiler_already_is_not_to_be_hidden(world: World) -> None:
    log = await staff_log(world)
    _, card = await reported(world, log, spoiler=True)
    assert labels_of(card) == ["Remove", "Block 1 day", "Dismiss"]


# --- where it goes --------------------------------------------------------------------------


async def test_reports_go_to_a_channel_of_their_own(world: World) -> None:
    log = await staff_log(world)
    own = world.guild.create_text_channel("reports")
    maya = manager(world)
    shown = await maya.slash(world.art, "easel setup")
    page = await maya.select(shown.response, ["report_channel"], custom_id="s1:setup:place")
    await maya.select(page.response, [own], custom_id="s1:set:report_channel")
    assert f"Reports channel: none → **<#{own.id}>**" in text_of(shown.response)
    await reported(world, own)

    assert cards_in(log, "**Report**") == []
    assert len(cards_in(own, "**Report**")) == 1


async def test_without_the_channel_of_reports_the_log_channel_has_them(world: World) -> None:
    log = await staff_log(world)
    own = world.guild.create_text_channel("reports")
    await world.decide("report_channel", own.id)
    world.env.backend.delete_channel(own.id)
    await world.env.settle()
    world.env.inject_error("POST", f"/channels/{own.id}/messages", status=404, code=10003, times=9)
    result = await posted(world)
    told = await report(world, result)

    assert "can see your report" in text_of(told.response)
    (card,) = cards_in(log, "**Report**")
    assert len(pictures_of(card)) == 1


# --- how long the copy stays ----------------------------------------------------------------


@pytest.mark.parametrize("label", ["Remove", "Dismiss"])
async def test_the_copy_leaves_the_card_with_the_report(world: World, label: str) -> None:
    log = await staff_log(world)
    _, card = await reported(world, log)
    await restart(world)
    await press(world.mora, card, label=label)

    card = await now(log, card)
    assert pictures_of(card) == []
    assert files_of(world, card) == []
    await world.app.moderation.reports.sweep()
    assert await now(log, card)


async def test_a_result_that_its_author_removes_takes_the_copy_along(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log)
    await removed(world, world.alice, result)
    await world.app.moderation.reports.sweep()
    await world.env.settle()

    card = await now(log, card)
    assert pictures_of(card) == []
    assert files_of(world, card) == []
    assert "The picture was removed" in text_of(card)
    assert labels_of(card) == ["Block 1 day", "Dismiss"]


async def test_a_card_that_is_gone_is_forgotten(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log)
    world.env.backend.delete_message(log.id, card.id)
    await removed(world, world.alice, result)
    await world.app.moderation.reports.sweep()

    async with world.app.database.read() as uow:
        assert await uow.report_cards.outdated() == []


# --- hiding ---------------------------------------------------------------------------------


def covered(world: World) -> list[bool]:
    return [file.is_spoiler() for result in world.results() for file in result.attachments]


async def test_a_moderator_hides_a_picture_and_takes_it_back(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log, count=2)
    told = await press(world.mora, card, label="Hide behind a spoiler")

    assert covered(world) == [True, True]
    assert [one.id for one in world.results()] == [result.id]
    card = await now(log, card)
    assert f"<@{world.mora.id}> hid the picture behind a spoiler" in text_of(card)
    assert labels_of(card) == ["Remove", "Block 1 day"]
    assert len(pictures_of(card)) == 2
    (undo,) = told.followups
    assert "shown → **behind a spoiler**" in text_of(undo)
    await press(world.mora, undo.message, label="Undo")
    assert covered(world) == [False, False]
    assert [entry.action for entry in await record(world)][:2] == ["undo", "hide"]


@pytest.mark.parametrize("refused", [True, False])
async def test_where_discord_does_not_edit_them_the_message_is_posted_again(
    world: World, refused: bool
) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log, count=2)
    if refused:
        path = f"/channels/{world.art.id}/messages/{result.id}"
        world.env.inject_error("PATCH", path, status=400, code=50035, times=1)
    else:
        world.rules.edits_spoilers = False
    await press(world.mora, card, label="Hide behind a spoiler")

    (again,) = world.results()
    assert again.id != result.id
    assert covered(world) == [True, True]
    assert again.content == result.content
    assert labels_of(again) == labels_of(result)
    assert [file.description for file in again.attachments] == [
        file.description for file in result.attachments
    ]
    assert f"/{world.art.id}/{again.id}" in text_of(await now(log, card))
    # It is the same result: what can be done with it is done with the new message.
    await removed(world, world.alice, again)
    assert world.results() == []


async def test_a_picture_that_cannot_be_changed_now_is_hidden_later(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log)
    path = f"/channels/{world.art.id}/messages/{result.id}"
    world.env.inject_error("PATCH", path, status=403, code=50013, times=1)
    await press(world.mora, card, label="Hide behind a spoiler")
    assert "I keep trying for a day" in text_of(await now(log, card))
    assert covered(world) == [False]

    await world.app.moderation.spoilers.sweep()
    assert covered(world) == [True]


async def test_a_deleted_message_is_no_longer_to_be_hidden(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log)
    world.env.backend.delete_message(world.art.id, result.id)
    await world.env.settle()
    await press(world.mora, card, label="Hide behind a spoiler")

    card = await now(log, card)
    assert "already removed" in text_of(card)
    assert pictures_of(card) == []
    assert labels_of(card) == ["Block 1 day"]


async def test_two_moderators_press_remove_and_hide(world: World) -> None:
    log = await staff_log(world)
    _, card = await reported(world, log)
    job = await newest(world)
    await press(world.mora, card, label="Remove")
    # The second one pressed before the card changed.
    late = await forged(world, buttons.report_button("hide", job.job_id))
    await press(world.mora, late, label="Press")

    card = await now(log, card)
    assert "removed the picture" in text_of(card)
    assert world.results() == []
    assert [entry.action for entry in await record(world)].count("hide") == 0


async def test_hide_is_offered_to_moderators_beside_the_removal(world: World) -> None:
    result = await posted(world)
    asked = await press(world.alice, result, label="Remove")
    assert labels_of(asked.response) == ["Remove"]
    asked = await press(world.mora, result, label="Remove")
    assert labels_of(asked.response) == ["Remove", "Hide behind a spoiler"]
    await press(world.mora, asked, label="Hide behind a spoiler")

    assert "behind a spoiler" in text_of(asked.response)
    assert labels_of(asked.response) == ["Undo"]
    assert covered(world) == [True]
    job = await newest(world)
    button = await forged(world, buttons.job_button("hide", job.job_id))
    told = await press(world.bob, button, label="Press")
    assert "Only the server's moderators" in text_of(told.response)


async def test_what_is_made_again_from_a_hidden_picture_is_hidden_too(world: World) -> None:
    log = await staff_log(world)
    result, card = await reported(world, log)
    await press(world.mora, card, label="Hide behind a spoiler")
    await press(world.alice, result, label="Again")
    await world.finished()
    assert covered(world) == [True, True]
