"""What members bring before the moderators: once, however they press, and whoever is gone."""

from __future__ import annotations

from bot.ui import buttons
from tests.cogs.member_actions import posted, press
from tests.cogs.test_actions import forged
from tests.cogs.test_moderate import record
from tests.cogs.test_reports import cards_in, log_of, now, reported
from tests.world import World, text_of


async def test_asking_for_more_twice_is_told_once(world: World) -> None:
    log = await log_of(world)
    shown = [await forged(world, buttons.MORE_ID) for _ in range(2)]
    for one in shown:
        await world.bob.click(one, label="Press")
    assert len(log.history()) == 1


async def test_forms_at_once_report_a_picture_once(world: World) -> None:
    log = await log_of(world)
    result = await posted(world)
    forms = [await world.bob.context_menu(world.art, "Report picture", result) for _ in range(2)]
    for form in forms:
        await world.bob.submit_modal(form, {"reason": "hate"})
    assert len(cards_in(log, "**Report**")) == 1


async def test_what_the_moderators_never_saw_may_be_brought_again(world: World) -> None:
    log = await log_of(world)
    button = await forged(world, buttons.MORE_ID)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=1)
    await world.bob.click(button, label="Press")
    assert log.history() == []
    await world.bob.click(button, label="Press")
    assert len(log.history()) == 1


async def test_who_deleted_their_data_is_nobody_to_block(world: World) -> None:
    log = await log_of(world)
    card = await reported(world, log)
    await world.app.people.privacy.forget(world.alice.id)
    await world.env.advance_time(40 * 86400)
    await world.app.people.privacy.sweep()

    refused = await press(world.mora, card, label="Block 1 day")
    assert "deleted their data" in text_of(refused.followups[-1])
    await press(world.mora, card, label="Remove")
    assert "removed the picture" in text_of(await now(log, card))
    (removal, *_) = await record(world)
    assert removal.action == "remove"
    shown = await world.mora.slash(world.art, "moderate history")
    assert "<@-" not in text_of(shown.response)
