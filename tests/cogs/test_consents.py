"""Pictures of others where the server asks them: the card, who may answer, and what follows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType
from sqlalchemy import select, update

from bot.domain.requests.consent import Consent, ConsentState
from bot.services.requests import drafts
from bot.services.servers.decisions import BlockDecision
from bot.storage.tables import consents
from bot.ui.cards import audit_log
from cogs import requesters
from tests.cogs.member_actions import forbid, mention, posted, press, restart
from tests.world import World, labels_of, png, text_of


async def asking(world: World) -> None:
    await world.decide("photos", "ask")


async def photo(world: World, member: Any = None) -> discord.Message:
    """Post a photograph, by alice if nobody else."""
    return await (member or world.alice).send(world.art, "my cat", attachments=[("cat.png", png())])


async def ask(world: World, message: discord.Message, prompt: str = "in a hat") -> Any:
    """Ask for a change of a picture, as bob; return the private answer."""
    form = await world.bob.context_menu(world.art, "Edit picture", message)
    return await world.bob.submit_modal(form, {"prompt": prompt})


def cards(world: World) -> list[discord.Message]:
    """Return the questions in the channel."""
    return [m for m in world.art.history() if "Allow" in labels_of(m)]


async def asked(world: World) -> tuple[Any, discord.Message]:
    """Ask for a change of alice's photograph; return bob's answer and the card."""
    answer = await ask(world, await photo(world))
    await world.until(lambda: bool(cards(world)))
    return answer, cards(world)[0]


async def over(world: World) -> None:
    """Wait until nothing is left to be done for any consent."""
    now = world.app.clock.now()
    async with asyncio.timeout(8):
        while True:
            async with world.app.database.read() as uow:
                rows = await uow.consents.due(now=now + 100)
            if not rows:
                break
            await world.app.people.consents.tend()
            await asyncio.sleep(0.005)  # the loop works in the database: nothing to wait on
    await world.finished()


async def states(world: World) -> list[ConsentState]:
    """Return the states of all consents, oldest first."""
    async with world.app.database.read() as uow:
        rows = await uow.connection.execute(_STATES)  # pyright: ignore[reportAttributeAccessIssue]
        return [ConsentState(row.state) for row in rows]


_STATES = select(consents.c.state).order_by(consents.c.created_at)


def told(world: World) -> list[str]:
    """Return what was said in public to bob."""
    return [m.content for m in world.art.history() if m.content.startswith(f"<@{world.bob.id}>:")]


async def recorded(world: World) -> list[str]:
    """Return what the audit log says, oldest first; everybody by their name."""
    entries = await world.app.servers.changes.history(world.guild.id, limit=100)
    lines = [audit_log.line(entry).rpartition(" · ")[0] for entry in reversed(entries)]
    for who in (world.alice, world.bob):
        lines = [line.replace(f"<@{who.id}>", who.name) for line in lines]
    return [line for line in lines if "Setting" not in line and "Editing" not in line]


# --- the question -------------------------------------------------------------------------------


async def test_the_owner_is_asked_in_the_channel_and_nothing_is_held(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)

    assert answer.ephemeral
    assert f"I asked <@{world.alice.id}>" in text_of(answer.response)
    assert labels_of(card) == ["Allow", "Refuse"]
    assert "in a hat" in text_of(card)
    assert f"<@{world.bob.id}>" in text_of(card)
    assert await world.left(world.bob) == 10
    assert not await world.jobs(world.bob)
    assert not world.apis.requests


async def test_allow_sends_the_request_as_if_it_was_asked_now(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    await press(world.alice, card, label="Allow")
    await over(world)

    assert "**Done**" in text_of(answer.response)
    assert world.apis.requests[-1].references == 1
    assert await states(world) == [ConsentState.USED]
    assert await world.left(world.bob) == 9
    (shown,) = [m for m in world.art.history() if m.id == card.id]
    assert "allowed this change" in text_of(shown)
    assert not labels_of(shown)
    assert await recorded(world) == [
        "bob · Asked for: Consent of alice to a change of a picture",
        "alice · Allowed: Change of a picture for bob",
    ]


async def test_refuse_ends_it_and_the_requester_is_told_once(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    await press(world.alice, card, label="Refuse")
    await world.until(lambda: "may not be used" in text_of(answer.response))
    await over(world)

    assert await states(world) == [ConsentState.REFUSED]
    assert (await recorded(world))[1:] == ["alice · Refused: Change of a picture for bob"]
    assert not told(world)  # the private answer says it
    assert not world.apis.requests


async def test_a_requester_whose_answer_can_no_longer_be_edited_is_told_in_the_channel(
    world: World,
) -> None:
    await asking(world)
    _, card = await asked(world)
    await world.env.advance_time(3600)
    await press(world.alice, card, label="Refuse")
    await world.until(lambda: bool(told(world)))
    await over(world)
    assert len(told(world)) == 1


async def test_only_the_owner_may_answer(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    for who in (world.bob, world.mora):
        answer = await press(who, card, label="Allow")
        assert "Only the person who posted" in text_of(answer.response)
        assert answer.ephemeral
    assert await states(world) == [ConsentState.ASKING]


async def test_a_question_that_nobody_answers_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A day of timers takes its time.
    monkeypatch.setattr(drafts, "CONSENT_SECONDS", 1800)
    await asking(world)
    _, card = await asked(world)
    await world.env.advance_time(1801)
    late = await press(world.alice, card, label="Allow")
    assert "no longer open" in text_of(late.response)
    await over(world)

    assert await states(world) == [ConsentState.EXPIRED]
    assert (await recorded(world))[1:] == [
        "Easel · Not decided in time: Change of a picture for bob"
    ]
    assert len(told(world)) == 1
    assert "Nobody answered" in told(world)[0]
    await world.until(lambda: not cards(world))


async def test_buttons_of_an_older_process_are_answered(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    await restart(world)
    await press(world.alice, card, label="Allow")
    await over(world)
    assert await states(world) == [ConsentState.USED]


async def test_where_prompts_are_hidden_a_button_shows_the_prompt_to_the_owner(
    world: World,
) -> None:
    await asking(world)
    await world.decide("prompts_shown", False)
    _, card = await asked(world)

    assert "in a hat" not in text_of(card)
    own = await press(world.alice, card, label="Show the prompt")
    assert own.ephemeral
    assert "in a hat" in text_of(own.response)
    others = await press(world.mora, card, label="Show the prompt")
    assert "in a hat" not in text_of(others.response)


# --- what needs no consent, and what nobody can agree to --------------------------------------


async def test_own_uploads_and_results_need_no_consent(world: World) -> None:
    await asking(world)
    uploaded = await world.bob.slash(
        world.art, "edit", prompt="in a hat", image1=("cat.png", png())
    )
    await world.finished()
    assert "**Done**" in text_of(uploaded.response)
    await ask(world, await photo(world, world.bob))
    await world.finished()
    result = await posted(world)
    await world.bob.send(world.art, "1: make it night", reply_to=result)
    await world.finished()
    assert len(await world.jobs(world.bob)) == 3
    assert not await states(world)


async def test_a_picture_of_a_bot_or_a_webhook_is_refused(world: World) -> None:
    await asking(world)
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    answer = await ask(world, await photo(world, robot))
    assert "a bot or webhook posted this one" in text_of(answer.response)
    assert not await states(world)


async def test_a_picture_of_somebody_who_left_is_refused(world: World) -> None:
    await asking(world)
    message = await photo(world)
    world.env.backend.remove_member(world.guild.id, world.alice.id)
    await world.env.settle()
    answer = await ask(world, message)
    assert "no longer here" in text_of(answer.response)
    assert not await states(world)


async def test_what_the_model_would_refuse_is_not_asked_about(world: World) -> None:
    await asking(world)
    answer = await ask(world, await photo(world), "in a hat --size 9x9")
    assert "Fix it" in labels_of(answer.response)
    assert not cards(world)
    assert not await states(world)


async def test_pictures_of_two_people_are_too_many_to_ask_for(world: World) -> None:
    await asking(world)
    for who in (world.alice, world.mora):
        await world.bob.context_menu(world.art, "Use as reference", await photo(world, who))
    form = await world.bob.slash(world.art, "blend")
    answer = await world.bob.submit_modal(form, {"prompt": "together"})
    assert "one other person at a time" in text_of(answer.response)


async def test_the_basket_is_emptied_when_its_request_waits(world: World) -> None:
    await asking(world)
    await world.bob.context_menu(world.art, "Use as reference", await photo(world))
    form = await world.bob.slash(world.art, "blend")
    answer = await world.bob.submit_modal(form, {"prompt": "in a hat"})
    assert "I asked" in text_of(answer.response)
    baskets = world.app.requests.drafts
    assert await baskets.basket_size(world.bob.id, world.art.id) == 0


async def test_a_reply_waits_without_a_word_but_the_card(world: World) -> None:
    await asking(world)
    # Discord shows a message that mentions the bot.
    files = [("cat.png", png())]
    message = await world.alice.send(world.art, f"{mention(world)} wow", attachments=files)
    said = await world.bob.send(world.art, f"{mention(world)} in a hat", reply_to=message)
    await world.until(lambda: bool(cards(world)))
    await press(world.alice, cards(world)[0], label="Allow")
    await over(world)
    (job,) = await world.jobs(world.bob)
    assert job.reply_to_message_id == said.id
    assert not told(world)


async def test_again_by_somebody_asks_the_owner_of_the_first_picture(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    await press(world.alice, card, label="Allow")
    await over(world)
    result = world.results()[-1]
    for who in (world.bob, world.mora):
        before = len(await states(world))
        await press(who, result, label="Again")
        assert len(await states(world)) == before + 1
    await world.finished()
    assert len(world.apis.requests) == 1


async def test_a_member_asks_for_three_at_a_time(world: World) -> None:
    await asking(world)
    message = await photo(world)
    for number in range(3):
        await ask(world, message, f"in hat {number}")
    again = await ask(world, message, "in hat 2")
    assert "I asked" in text_of(again.response)
    more = await ask(world, message, "in hat 4")
    assert "already wait" in text_of(more.response)
    assert len(await states(world)) == 3


# --- breaking it --------------------------------------------------------------------------------


async def test_two_presses_at_once_have_one_outcome(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    service = world.app.people.consents
    async with world.app.database.read() as uow:
        ((consent, _),) = await uow.consents.waiting(
            world.guild.id, world.bob.id, now=world.app.clock.now()
        )
    said = await asyncio.gather(
        *(service.answer(consent, world.alice.id, allow=allow) for allow in (True, False) * 4)
    )
    await over(world)

    assert sum(said) == 1
    (state,) = await states(world)
    assert state in (ConsentState.USED, ConsentState.REFUSED)
    assert len(await world.jobs(world.bob)) == (state is ConsentState.USED)
    late = await press(world.alice, card, label="Allow")
    assert "no longer open" in text_of(late.response)


async def test_an_opt_out_wins_at_once(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    await world.app.people.privacy.let_others_edit(world.alice.id, allowed=False)
    late = await press(world.alice, card, label="Allow")
    assert "no longer open" in text_of(late.response)
    await over(world)
    assert "may not be used" in text_of(answer.response)
    assert (await recorded(world))[1:] == ["alice · Refused: Change of a picture for bob"]
    assert not world.apis.requests
    again = await ask(world, await photo(world))
    assert "does not let others change it" in text_of(again.response)


async def test_a_requester_who_was_blocked_meanwhile_is_refused(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
    block = {"until": None, "reason": None}
    await world.app.servers.changes.set(actor, BlockDecision(world.bob.id), block, action="block")
    await press(world.alice, card, label="Allow")
    await world.until(lambda: "requests are blocked" in text_of(answer.response))
    await over(world)
    assert await states(world) == [ConsentState.FAILED]
    assert await world.left(world.bob) == 10


async def test_rights_are_those_of_the_moment_of_the_answer(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    denied = discord.Permissions(attach_files=True).value
    them = Overwrite(target_id=world.bob.id, type=OverwriteType.MEMBER, allow=0, deny=denied)
    world.env.backend.set_overwrite(world.art.id, them)
    await press(world.alice, card, label="Allow")
    await world.until(lambda: "attach files" in text_of(answer.response))
    assert await states(world) == [ConsentState.FAILED]


async def test_a_requester_who_left_gets_nothing(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    world.env.backend.remove_member(world.guild.id, world.bob.id)
    await press(world.alice, card, label="Allow")
    await over(world)
    assert await states(world) == [ConsentState.FAILED]
    assert not told(world)
    assert not world.apis.requests


async def test_a_picture_whose_message_was_deleted_is_gone(world: World) -> None:
    await asking(world)
    message = await photo(world)
    answer = await ask(world, message)
    await world.until(lambda: bool(cards(world)))
    await world.env.advance_time(3600)
    world.rules.cdn._blobs.clear()  # pyright: ignore[reportPrivateUsage]
    await press(world.alice, cards(world)[0], label="Allow")
    await over(world)
    assert await states(world) == [ConsentState.FAILED]
    assert len(told(world)) == 1
    assert "I asked" in text_of(answer.response)


async def test_a_channel_that_takes_no_cards_ends_it_at_once(world: World) -> None:
    await asking(world)
    message = await photo(world)
    path = f"/channels/{world.art.id}/messages"
    world.env.inject_error("POST", path, status=403, code=50013, times=9)
    answer = await ask(world, message)
    await world.until(lambda: "I cannot post" in text_of(answer.response))
    assert await states(world) == [ConsentState.FAILED]


async def test_a_channel_that_is_gone_ends_what_waits_in_it(world: World) -> None:
    await asking(world)
    answer, _ = await asked(world)
    await world.app.people.guild_removal.channel_gone(world.art.id)
    await over(world)
    assert await states(world) == [ConsentState.EXPIRED]
    assert (await recorded(world))[1:] == ["Easel · Ended: Change of a picture for bob"]
    assert "Nothing was charged" in text_of(answer.response)


async def test_a_server_that_removed_the_bot_ends_what_waits_in_it(world: World) -> None:
    await asking(world)
    await asked(world)
    await world.app.people.guild_removal.guild_left(world.guild.id)
    assert await states(world) == [ConsentState.EXPIRED]


async def test_forgetting_covers_both_sides(world: World) -> None:
    await asking(world)
    await asked(world)
    found = await world.app.people.privacy.export(world.bob.id, limit_bytes=10**6)
    assert b'"consents": [' in found.data
    assert str(world.alice.id).encode() not in found.data
    await world.app.people.privacy.forget(world.alice.id)
    assert await states(world) == [ConsentState.REFUSED]
    await world.app.people.privacy.forget(world.bob.id)
    assert not await states(world)
    await world.until(lambda: not cards(world))


async def test_a_setting_that_was_turned_to_results_only_wins(world: World) -> None:
    await asking(world)
    answer, card = await asked(world)
    await world.decide("photos", "nobody")
    await press(world.alice, card, label="Allow")
    await world.until(lambda: "only pictures that I made" in text_of(answer.response))
    assert await states(world) == [ConsentState.FAILED]


# --- results only, and avatars ------------------------------------------------------------------


async def test_where_only_results_may_be_changed_uploads_are_refused_too(world: World) -> None:
    await world.decide("photos", "nobody")
    for answer in (
        await ask(world, await photo(world)),
        await world.bob.slash(world.art, "edit", prompt="in a hat", image1=("cat.png", png())),
        await world.bob.slash(world.art, "imagine", prompt="a hat", image1=("cat.png", png())),
    ):
        assert "only pictures that I made" in text_of(answer.response)
    result = await posted(world)
    await press(world.bob, result, label="Again")
    await world.bob.send(world.art, "1: make it night", reply_to=result)
    await world.finished()
    assert len(await world.jobs(world.bob)) == 2


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.discordapp.com/avatars/{id}/abc.png?size=256",
        "https://cdn.discordapp.com/guilds/1/users/{id}/avatars/abc.png",
        "https://media.discordapp.net/avatars/{id}/abc.webp",
        "https://images-ext-1.discordapp.net/external/x/https/cdn.discordapp.com/avatars/{id}/a.png",
    ],
)
async def test_an_avatar_is_only_its_members_to_use(world: World, address: str) -> None:
    embed = discord.Embed().set_image(url=address.format(id=world.alice.id))
    message = world.env.backend.create_message(
        world.art.id, world.bob.id, "look", embeds=[dict(embed.to_dict())]
    )
    await world.env.settle()
    (shown,) = [m for m in world.art.history() if m.id == message.id]
    answer = await ask(world, shown)
    assert "another person's avatar" in text_of(answer.response)


async def test_buttons_and_rows_of_cards_fit_who_cannot_send(world: World) -> None:
    await asking(world)
    message = await photo(world)
    form = await world.bob.context_menu(world.art, "Edit picture", message)
    await forbid(world, "send_messages")
    answer = await world.bob.submit_modal(form, {"prompt": "in a hat"})
    assert "cannot send messages" in text_of(answer.response)
    assert not await states(world)


# --- a process that dies in between -------------------------------------------------------------


async def waiting(world: World) -> Consent:
    """Return the only question that bob has open."""
    async with world.app.database.read() as uow:
        now = world.app.clock.now()
        ((consent, _),) = await uow.consents.waiting(world.guild.id, world.bob.id, now=now)
    return consent


async def changed(world: World, **values: object) -> None:
    """Write what a process that died had, or had not, stored."""
    async with world.app.database.write() as uow:
        await uow.connection.execute(update(consents).values(**values))  # pyright: ignore[reportAttributeAccessIssue]
        await uow.commit()


async def test_an_answer_that_nobody_acted_on_is_brought_about_once(world: World) -> None:
    await asking(world)
    await asked(world)
    consent = await waiting(world)
    now = world.app.clock.now()
    # Killed right after the press was stored: nobody was woken.
    async with world.app.database.write() as uow:
        state = ConsentState.ALLOWED
        assert await uow.consents.decide(consent.consent_id, world.alice.id, state, now=now)
        await uow.commit()
    await asyncio.gather(*(world.app.people.consents.tend() for _ in range(4)))
    await over(world)

    assert len(await world.jobs(world.bob)) == 1
    assert len(world.apis.requests) == 1
    assert await states(world) == [ConsentState.USED]


async def test_two_processes_that_send_one_allowed_request_make_one_job(world: World) -> None:
    await asking(world)
    await asked(world)
    consent = await waiting(world)
    await changed(world, state=ConsentState.ALLOWED.value, busy_until=2**40)
    service = world.app.people.consents
    who = await requesters.now(world.app.client, consent)
    allowed = replace(consent, state=ConsentState.ALLOWED)
    # Both believe that it is theirs: one of them was thought dead.
    await asyncio.gather(*(service._submit(allowed, who) for _ in range(2)))  # pyright: ignore[reportPrivateUsage]
    await world.finished()

    assert len(await world.jobs(world.bob)) == 1
    assert await states(world) == [ConsentState.USED]
    assert await world.left(world.bob) == 9
    assert not told(world)


async def test_a_card_whose_number_was_lost_is_found_and_not_posted_again(world: World) -> None:
    await asking(world)
    _, card = await asked(world)
    await changed(world, message_id=None, busy_until=0)
    await over(world)

    assert [one.id for one in cards(world)] == [card.id]
    assert (await waiting(world)).message_id == card.id


async def test_what_ended_and_was_not_told_is_told_later(world: World) -> None:
    await asking(world)
    await asked(world)
    now = world.app.clock.now()
    ended = {"state": ConsentState.REFUSED.value, "decided_at": now, "ticket_token": None}
    await changed(world, **ended, busy_until=0)
    await over(world)
    await over(world)
    assert len(told(world)) == 1
