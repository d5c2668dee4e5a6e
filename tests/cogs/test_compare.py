"""`/compare`: one prompt, several models, one post, one vote for each member."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.job import Job, JobState
from bot.services.ports import GUARDED
from tests.cogs.member_actions import manager, press, removed, show_to
from tests.cogs.test_actions import waiting_ticket
from tests.cogs.test_history import choose
from tests.cogs.test_privacy import rows
from tests.cogs.test_styles import requester
from tests.world import World, labels_of, text_of

MODELS = (
    "doubao-seedream-4-0-250828",
    "doubao-seedream-5-0-260128",
    "doubao-seedream-4-5-251128",
)
LABELS = {
    "doubao-seedream-4-0-250828": "Seedream 4.0",
    "doubao-seedream-5-0-260128": "Seedream 5.0",
    "doubao-seedream-4-5-251128": "Seedream 4.5",
}


async def asked(
    world: World, *models: str, who: Any = None, prompt: str = "a fox", **options: Any
) -> Any:
    """Type the command; return the answer, which asks with the price."""
    named = dict(zip(("model-a", "model-b", "model-c", "model-d"), models, strict=False))
    who = who or world.alice
    return await who.slash(world.art, "compare", prompt=prompt, **named, **options)


async def started(world: World, *models: str, who: Any = None, **options: Any) -> Any:
    """Start a comparison; return its ticket."""
    question = await asked(world, *(models or MODELS[:2]), who=who, **options)
    (label,) = labels_of(question.response)
    return await press(who or world.alice, question, label=label)


async def settled(world: World) -> None:
    """Let everything happen that is due."""
    await world.finished()
    world.app.comparisons.comparisons.wake()
    for _ in range(2):
        await world.app.comparisons.comparisons.round()
    await world.finished()


async def compared(world: World, *models: str, **options: Any) -> discord.Message:
    """Let alice compare models; return the message."""
    await started(world, *models, **options)
    await settled(world)
    return world.results()[-1]


def now(world: World, message: discord.Message) -> discord.Message:
    (found,) = [one for one in world.art.history() if one.id == message.id]
    return found


async def vote(member: Any, message: discord.Message, letter: str) -> Any:
    return await member.select(message, [letter])


async def entries(world: World) -> list[dict[str, Any]]:
    return [row for row in await rows(world, "comparison_entries") if row["label"]]


async def jobs(world: World) -> list[Job]:
    return sorted(await world.jobs(world.alice), key=lambda job: job.request.model)


async def test_the_price_is_said_before_anything_is_spent(world: World) -> None:
    question = await asked(world, *MODELS)
    assert question.ephemeral
    text = text_of(question.response)
    assert "**Compare 3 models**" in text
    assert "- Seedream 4.0 · " in text
    assert "Nothing is charged before you press the button." in text
    assert await world.jobs(world.alice) == []
    assert await world.left(world.alice) == 10


async def test_one_press_accepts_and_charges_all_and_one_post_shows_them(world: World) -> None:
    ticket = await started(world, *MODELS)
    assert "**Comparing Seedream 4.0, Seedream 5.0 and Seedream 4.5**" in text_of(ticket.response)
    await settled(world)
    (post,) = world.results()
    assert len(post.attachments) == 3
    assert post.content.startswith("> a fox\n**Which picture is the best?** The vote ends <t:")
    assert f"A, B and C in this order · compared by <@{world.alice.id}>" in post.content
    assert not any(label in post.content for label in LABELS.values())
    assert labels_of(post) == ["End the vote", "Remove"]
    made = await jobs(world)
    assert {job.state for job in made} == {JobState.DONE}
    assert all(job.blind and job.told_at is not None for job in made)
    assert "**Done** · [the comparison](" in text_of(now_ticket(world, ticket))
    assert await world.left(world.alice) == 10 - sum(job.request.credits for job in made)


def now_ticket(world: World, ticket: Any) -> Any:
    return ticket.response


async def test_a_vote_can_be_changed_and_the_result_names_the_models(world: World) -> None:
    post = await compared(world)
    by_label = {row["label"]: row["model_id"] for row in await entries(world)}
    said = await vote(world.bob, post, "A")
    assert said.ephemeral
    assert "**You voted for A.** 1 member has voted. You can change" in text_of(said.response)
    await vote(world.mora, post, "A")
    said = await vote(world.mora, post, "B")
    assert "**You voted for B.** 2 members have voted." in text_of(said.response)
    await vote(world.alice, post, "B")
    await press(world.alice, post, label="End the vote")
    await settled(world)
    post = now(world, post)
    winner = LABELS[by_label["B"]]
    assert f"**B · {winner}** won with 2 votes." in post.content
    assert f"-# A · {LABELS[by_label['A']]} · 1 vote" in post.content
    assert len(post.attachments) == 2
    assert labels_of(post) == ["Remove"]
    assert await rows(world, "comparison_votes") == []
    assert not any(job.blind for job in await jobs(world))
    shown = await world.bob.select(post, ["B"])
    assert winner in text_of(shown.response)


async def test_the_vote_ends_by_itself_after_a_day(world: World) -> None:
    post = await compared(world)
    await vote(world.bob, post, "A")
    async with world.app.database.write(GUARDED) as uow:
        await uow.connection.exec_driver_sql(  # pyright: ignore[reportAttributeAccessIssue]
            "UPDATE comparisons SET closes_at = closes_at - 86400"
        )
        await uow.commit()
    late = await vote(world.bob, post, "B")
    assert text_of(late.response) == "This vote is over."
    await settled(world)
    assert "won with 1 vote." in now(world, post).content


async def test_while_members_vote_nobody_is_told_the_models(world: World) -> None:
    post = await compared(world)
    page: Any = await world.alice.slash(world.art, "jobs")
    details: Any = await world.bob.context_menu(world.art, "Picture details", post)
    for text in (text_of(page.response), text_of(details.response)):
        assert "model hidden until the vote ends" in text
        assert not any(name in text for name in (*LABELS.values(), *MODELS, "routescope"))


async def test_what_a_model_cannot_do_leaves_it_out_before_anything_is_spent(world: World) -> None:
    question = await asked(world, *MODELS[:2], "gpt-image-2")
    text = text_of(question.response)
    assert "**Compare 2 models**" in text
    assert "Left out: **GPT Image 2** · " in text
    assert "This model changes pictures: add one." in text
    assert labels_of(question.response) == ["Compare for 2 credits"]


async def test_fewer_than_two_models_are_no_comparison(world: World) -> None:
    refused = await asked(world, MODELS[0], MODELS[0])
    text = text_of(refused.response)
    assert "**Only one of these models can do this**, and a comparison needs two." in text
    assert "Left out: **Seedream 4.0** · you named it twice" in text
    assert await world.jobs(world.alice) == []


async def test_pressed_twice_it_is_one_comparison(world: World) -> None:
    question = await asked(world, *MODELS[:2])
    (label,) = labels_of(question.response)
    custom_id = question.response.message.components[0].to_dict()
    await press(world.alice, question, label=label)
    draft = (await rows(world, "comparisons"))[0]["origin"].removeprefix("d:")
    assert draft in str(custom_id)
    again = await world.app.requests.drafts.submission(
        draft, requester(world, world.alice), f"d:{draft}"
    )
    assert again is not None
    comparing = world.app.comparisons.comparing
    assert await comparing.accept(await comparing.plan(again, MODELS[:2])) is None
    await settled(world)
    assert len(world.results()) == 1
    assert len(await world.jobs(world.alice)) == 2


async def test_what_fails_is_refunded_and_left_out_of_the_post(world: World) -> None:
    world.apis.fail_next("moderation", model=MODELS[1])
    post = await compared(world, *MODELS)
    assert len(post.attachments) == 2
    assert "A and B in this order" in post.content
    assert "-# Seedream 5.0 made no picture. Nothing was charged for it." in post.content
    states = {job.request.model: job.state for job in await world.jobs(world.alice)}
    assert states[MODELS[1]] is JobState.FAILED
    assert await world.left(world.alice) == 8


async def test_what_failed_is_made_for_everybody_when_it_is_retried(world: World) -> None:
    world.apis.fail_next("502", model=MODELS[1])
    await compared(world, *MODELS)
    (failed,) = [job for job in await world.jobs(world.alice) if job.state is JobState.FAILED]
    page: Any = await world.alice.slash(world.art, "jobs")
    await choose(world, page, failed.job_id)
    await press(world.alice, page, label="Retry")
    await settled(world)
    _, retried = world.results()
    assert "Seedream 5.0 · " in retried.content


async def test_an_only_picture_is_an_ordinary_result(world: World) -> None:
    world.apis.fail_next("moderation", model=MODELS[1])
    ticket = await started(world)
    await settled(world)
    (post,) = world.results()
    assert labels_of(post) == ["Edit", "Again", "Details", "Remove"]
    assert "Seedream 4.0 · " in post.content
    assert "The other model of this comparison made no picture." in post.content
    assert "**Done** · [1 picture](" in text_of(ticket.response)
    assert await world.left(world.alice) == 9
    assert [row["state"] for row in await rows(world, "comparisons")] == ["over"]


async def test_where_no_model_makes_a_picture_the_member_is_told_once(world: World) -> None:
    world.apis.fail_next("moderation", times=None)
    ticket = await started(world)
    await settled(world)
    text = text_of(ticket.response)
    assert text.startswith("**No picture this time.**\n**Seedream ")
    assert "Nothing was charged." in text
    assert list(world.art.history()) == []
    assert await world.left(world.alice) == 10
    assert all(job.told_at is not None for job in await world.jobs(world.alice))


async def test_cancel_ends_all_that_waits(world: World) -> None:
    await waiting_ticket(world)
    ticket = await started(world, *MODELS)
    await press(world.alice, ticket, label="Cancel")
    assert text_of(ticket.response).startswith("**Cancelled.**")
    compared = [job for job in await world.jobs(world.alice) if job.comparison_id]
    assert {job.state for job in compared} == {JobState.CANCELLED}
    assert all(job.told_at is not None for job in compared)
    world.apis.gate.set()
    await settled(world)
    assert text_of(ticket.response) == "**Cancelled.** Nothing was charged."
    assert await world.left(world.alice) == 9
    assert [row["state"] for row in await rows(world, "comparisons")] == ["over"]


async def test_what_was_sent_before_it_was_cancelled_is_posted(world: World) -> None:
    world.apis.gate.clear()
    ticket = await started(world, *MODELS)
    await world.apis.until(lambda: world.apis.waiting == 3)
    await press(world.alice, ticket, label="Cancel")
    world.apis.gate.set()
    await settled(world)
    (post,) = world.results()
    assert len(post.attachments) == 3
    assert await world.left(world.alice) == 7


async def test_remove_takes_the_whole_post_and_ends_the_vote(world: World) -> None:
    post = await compared(world)
    await vote(world.bob, post, "A")
    await removed(world, world.alice, post)
    await settled(world)
    assert world.results() == []
    assert all(row["removed_at"] for row in await rows(world, "posts"))
    assert [row["state"] for row in await rows(world, "comparisons")] == ["over"]
    assert await rows(world, "comparison_votes") == []


async def test_a_message_that_somebody_deletes_counts_as_removed(world: World) -> None:
    post = await compared(world)
    world.env.backend.delete_message(world.art.id, post.id)
    await world.env.settle()
    await settled(world)
    assert [row["state"] for row in await rows(world, "comparisons")] == ["over"]


async def test_who_is_blocked_has_no_vote(world: World) -> None:
    post = await compared(world)
    maya: Any = manager(world)
    show_to(world, "moderate", maya)
    await maya.slash(world.art, "moderate block", member=world.bob)
    said = await vote(world.bob, post, "A")
    assert "blocked" in text_of(said.response)
    assert await rows(world, "comparison_votes") == []


async def test_only_the_maker_and_staff_end_a_vote(world: World) -> None:
    post = await compared(world)
    said = await press(world.bob, post, label="End the vote")
    assert "Only the server's moderators" in text_of(said.response)
    await press(world.mora, post, label="End the vote")
    await settled(world)
    assert "**Nobody voted.**" in now(world, post).content


async def test_all_of_it_fits_the_quota_or_none_of_it_is_made(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a hen", count=8)
    await world.finished()
    question = await asked(world, *MODELS)
    (label,) = labels_of(question.response)
    refused = await press(world.alice, question, label=label)
    assert "3" in text_of(refused.response)
    assert "2" in text_of(refused.response)
    assert len(await world.jobs(world.alice)) == 1
    assert await rows(world, "comparisons") == []
    assert await world.left(world.alice) == 2


async def test_what_fits_exactly_is_made(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a hen", count=8)
    await world.finished()
    ticket = await started(world)
    assert "2 credits, 0 left" in text_of(ticket.response)
    await settled(world)
    assert len(world.results()[-1].attachments) == 2
    assert await world.left(world.alice) == 0


async def test_a_server_can_turn_it_off(world: World) -> None:
    await world.decide("comparisons", False)
    refused = await asked(world, *MODELS)
    assert text_of(refused.response) == "Comparisons of models are turned off in this server."


async def test_forbidden_words_are_refused_once_for_all_models(world: World) -> None:
    maya: Any = manager(world)
    await maya.slash(world.art, "easel words add", word="fox")
    refused = await asked(world, *MODELS)
    assert "fox" in text_of(refused.response)
    assert "Left out" not in text_of(refused.response)


async def test_what_no_model_helps_against_is_said_once(world: World) -> None:
    for prompt, problem in (("--ar 16:9", "The prompt is empty"), ("a fox --seed many", "--seed")):
        refused = await asked(world, *MODELS, prompt=prompt)
        text = text_of(refused.response)
        assert text.startswith("**This cannot be done as it is.**")
        assert text.count(problem) == 1
        assert "Seedream" not in text


async def test_flags_that_a_comparison_decides_itself_are_named_as_ignored(world: World) -> None:
    question = await asked(world, *MODELS[:2], prompt="a fox --n 3 --private --model gpt")
    text = text_of(question.response)
    for flag in ("--n 3", "--private", "--model gpt"):
        assert f"I ignored “{flag}”" in text
    await press(world.alice, question, label="Compare for 2 credits")
    await settled(world)
    (post,) = world.results()
    assert len(post.attachments) == 2
    assert "> a fox\n" in post.content


async def test_one_picture_of_it_can_be_changed_by_its_number(world: World) -> None:
    post = await compared(world)
    card: Any = await world.bob.context_menu(world.art, "Edit picture", post)
    form = await world.bob.select(card.response.message, ["2"])
    await world.bob.submit_modal(form, {"prompt": "make it night", "which": ["2"]})
    await world.finished()
    (edited,) = await world.jobs(world.bob)
    second = next(row for row in await entries(world) if row["label"] == "B")
    assert (edited.parent_job_id, edited.parent_index) == (second["job_id"], 1)


async def test_hiding_one_picture_hides_the_message(world: World) -> None:
    post = await compared(world)
    show_to(world, "moderate", world.mora)
    asked_for = await press(world.mora, post, label="Remove")
    await press(world.mora, asked_for, label="Hide behind a spoiler")
    await settled(world)
    (post,) = world.results()
    assert all(file.is_spoiler() for file in post.attachments)
    assert all(job.spoiler for job in await world.jobs(world.alice))
    await vote(world.bob, post, "A")
    await press(world.alice, post, label="End the vote")
    await settled(world)
    assert "won with 1 vote." in now(world, post).content


async def test_the_wins_of_models_are_in_the_statistics(world: World) -> None:
    from bot.services.servers.statistics import Period

    post = await compared(world)
    by_label = {row["label"]: row["model_id"] for row in await entries(world)}
    await vote(world.bob, post, "A")
    await press(world.alice, post, label="End the vote")
    await settled(world)
    usage = await world.app.servers.statistics.usage(world.guild.id, Period.TODAY)
    won = [(one.model, one.compared, one.won, one.votes) for one in usage.wins]
    assert won == [(by_label["A"], 1, 1, 1), (by_label["B"], 1, 0, 0)]


async def test_what_a_member_voted_is_exported_and_forgotten(world: World) -> None:
    post = await compared(world)
    await vote(world.bob, post, "A")
    async with world.app.database.read() as uow:
        told = await uow.user_data.export(world.bob.id)
    assert [one["label"] for one in told["votes"]] == ["A"]
    async with world.app.database.write(GUARDED) as uow:
        await uow.user_data.clear_aside(world.bob.id)
        await uow.commit()
    assert await rows(world, "comparison_votes") == []


async def test_what_all_models_refuse_counts_against_a_member_once(world: World) -> None:
    world.apis.fail_next("moderation", times=None)
    for _ in range(3):
        await started(world, *MODELS[:2])
        await settled(world)
    assert "**Compare 2 models**" in text_of((await asked(world, *MODELS[:2])).response)
