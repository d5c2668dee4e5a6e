"""`/edit` as members use it: which picture is meant, every option, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import discord
import pytest

from bot.domain.job import Job, JobState
from tests.cogs.member_actions import edit, press, removed
from tests.world import PATIENCE_SECONDS, World, labels_of, png, text_of

MASKED = "gpt-image-2"


async def picture(world: World, *, count: int = 1, prompt: str = "a fox") -> discord.Message:
    """Let Alice make a result."""
    await world.alice.slash(world.art, "imagine", prompt=prompt, count=count)
    await world.finished()
    return world.results()[-1]


def thumbnails(source: Any) -> list[dict[str, Any]]:
    """Return the pictures beside the texts of a layout."""
    parts = [part if isinstance(part, dict) else part.to_dict() for part in source.components]
    return list(_thumbnails(parts))


def _thumbnails(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if part["type"] == discord.ComponentType.thumbnail.value:
            yield part
        yield from _thumbnails(part.get("components", []))
        yield from _thumbnails([part["accessory"]] if "accessory" in part else [])


async def offered(
    world: World, member: Any, typed: str = "", *, place: Any = None, count: int = 1
) -> list[Any]:
    """Return what `of` suggests, once it suggests so many: it is read behind the answer."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await member.autocomplete(place or world.art, "edit", "of", typed, prompt="x")
            if len(found) == count:
                return found


async def newest(world: World) -> Job:
    return (await world.jobs(world.alice))[0]


async def test_the_newest_picture_here_is_changed_when_none_is_named(world: World) -> None:
    await picture(world, prompt="an owl")
    result = await picture(world)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night")

    assert asked.ephemeral
    assert f"Changing [your newest picture here]({result.jump_url})" in text_of(asked.response)
    (shown,) = thumbnails(asked.response)
    assert result.attachments[0].url == shown["media"]["url"]
    assert (shown["description"], shown.get("spoiler")) == ("AI-made picture: a fox", False)
    await world.finished()
    job = await newest(world)
    assert (job.state, job.parent_index) == (JobState.DONE, 1)
    assert job.parent_job_id
    assert job.parent_job_id in result.attachments[0].filename
    assert world.apis.requests[-1].references == 1
    assert len(world.results()) == 3


async def test_an_own_picture_is_changed_and_has_no_parent(world: World) -> None:
    await picture(world)
    asked = await world.alice.slash(
        world.art, "edit", prompt="make it night", image1=("cat.png", png())
    )
    await world.finished()

    assert "Changing" not in text_of(asked.response)
    job = await newest(world)
    assert (job.state, job.parent_job_id) == (JobState.DONE, None)


async def test_a_recent_picture_is_chosen_from_a_list(world: World) -> None:
    await picture(world, prompt="an owl", count=2)
    await world.env.advance_time(130)
    await picture(world)

    suggested = await offered(world, world.alice, count=3)
    assert [choice["name"] for choice in suggested] == [
        "just now · a fox",
        "2 min ago · an owl · picture 1",
        "2 min ago · an owl · picture 2",
    ]
    found = await world.alice.autocomplete(world.art, "edit", "of", "owl", prompt="x")
    assert [choice["value"] for choice in found] == [choice["value"] for choice in suggested[1:]]
    assert await world.bob.autocomplete(world.art, "edit", "of", "", prompt="x") == []

    await world.alice.slash(world.art, "edit", prompt="make it night", of=suggested[2]["value"])
    await world.finished()
    job = await newest(world)
    assert f"{job.parent_job_id}:{job.parent_index}" == suggested[2]["value"]
    assert job.parent_index == 2


async def test_somebody_elses_picture_may_be_changed_by_its_name(world: World) -> None:
    await picture(world)
    (mine,) = await offered(world, world.alice)
    await world.bob.slash(world.art, "edit", prompt="make it night", of=mine["value"])
    await world.finished()

    (job,) = await world.jobs(world.bob)
    assert job.parent_index == 1
    assert await world.left(world.bob) == 9
    assert await world.left(world.alice) == 9


@pytest.mark.parametrize("of", ["2 min ago", "0000000000000:1", ":", "x" * 100])
async def test_a_made_up_picture_is_refused(world: World, of: str) -> None:
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", of=of)

    assert "I cannot find the picture" in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_a_picture_of_another_server_is_unknown_here(world: World) -> None:
    elsewhere = world.env.create_guild("Elsewhere")
    room = elsewhere.create_text_channel("room")
    robert = elsewhere.add_member(world.env.create_user("robert"))
    await robert.slash(room, "imagine", prompt="a fox")
    await world.finished()
    (mine,) = await offered(world, robert, place=room)

    asked = await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "I cannot find the picture" in text_of(asked.response)


async def test_a_private_picture_stays_its_members_own(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", private=True)
    await world.finished()
    (mine,) = await offered(world, world.alice)

    asked = await world.bob.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "I cannot find the picture" in text_of(asked.response)
    await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"], private=True)
    await world.finished()
    assert (await newest(world)).parent_index == 1
    assert world.results() == []


async def test_without_any_picture_here_the_way_on_is_told(world: World) -> None:
    asked = await world.alice.slash(world.art, "edit", prompt="make it night")

    assert asked.ephemeral
    assert "Add one as image1" in text_of(asked.response)
    assert world.apis.requests == []


async def test_a_removed_picture_is_not_changed_any_more(world: World) -> None:
    result = await picture(world)
    (mine,) = await offered(world, world.alice)
    await world.env.bot.get_channel(world.art.id).get_partial_message(result.id).delete()  # pyright: ignore
    await world.env.settle()

    asked = await world.alice.slash(world.art, "edit", prompt="x", of=mine["value"])
    assert "is gone" in text_of(asked.response)
    asked = await world.alice.slash(world.art, "edit", prompt="x")
    assert "Add one as image1" in text_of(asked.response)
    assert await world.left(world.alice) == 9


async def test_six_pictures_and_a_mask_go_along_in_order(world: World) -> None:
    given: dict[str, Any] = {
        f"image{number}": (f"{number}.png", png(64 + number, 64)) for number in range(1, 7)
    }
    mask = ("mask.png", png(65, 64, "white"))
    asked = await world.alice.slash(
        world.art, "edit", prompt="all together", model=MASKED, mask=mask, **given
    )
    await world.finished()

    (received,) = world.apis.requests
    assert received.references == 6, text_of(asked.response)
    job = await newest(world)
    assert (job.request.references, job.request.mask) == (6, True)


async def test_every_option_reaches_the_service(world: World) -> None:
    await world.alice.slash(
        world.art,
        "edit",
        prompt="make it night",
        image1=("cat.png", png()),
        model=MASKED,
        quality="low",
        background="transparent",
        format="webp",
        compression=50,
        count=2,
        spoiler=True,
    )
    await world.finished()

    job = await newest(world)
    options = {"quality": "low", "background": "transparent", "format": "webp", "compression": 50}
    assert options.items() <= job.request.options.items()
    (result,) = world.results()
    assert len(result.attachments) == 2
    assert all(file.is_spoiler() for file in result.attachments)


async def test_a_model_that_cannot_change_pictures_is_refused(world: World) -> None:
    asked = await world.alice.slash(
        world.art,
        "edit",
        prompt="make it night",
        image1=("cat.png", png()),
        model="doubao-seedream-3-0-t2i-250415",
    )

    assert "can only make new pictures" in text_of(asked.response)
    assert await world.left(world.alice) == 10


async def test_models_and_sizes_are_suggested_for_changes(world: World) -> None:
    models = await world.alice.autocomplete(world.art, "edit", "model", "gpt", prompt="x")
    assert [choice["value"] for choice in models] == [MASKED]
    sizes = await world.alice.autocomplete(world.art, "edit", "size", "", prompt="x", aspect="16:9")
    assert "2848x1600" in [choice["value"] for choice in sizes]


# --- the picture in the ticket ------------------------------------------------------------------


async def waiting_edit(world: World, **options: Any) -> Any:
    """Ask for a change of the newest picture while the service makes everybody wait."""
    world.apis.gate.clear()
    return await world.alice.slash(world.art, "edit", prompt="make it night", **options)


async def goes_on(world: World, asked: Any) -> None:
    """Let the service go on, and see that the ticket ends as any other."""
    world.apis.gate.set()
    await world.finished()
    assert "**Done**" in text_of(asked.response)
    assert thumbnails(asked.response) == []


async def test_the_picture_stays_in_the_ticket_over_its_edits(world: World) -> None:
    await picture(world)
    asked = await waiting_edit(world)
    await world.until(lambda: "**Started**" in text_of(asked.response))
    assert len(thumbnails(asked.response)) == 1
    await press(world.alice, asked, label="Refresh")

    assert len(thumbnails(asked.response)) == 1
    assert "Changing" in text_of(asked.response)
    await goes_on(world, asked)


async def test_a_spoiler_stays_hidden_in_the_ticket(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", spoiler=True)
    await world.finished()
    asked = await waiting_edit(world)

    (shown,) = thumbnails(asked.response)
    assert shown["spoiler"] is True
    await goes_on(world, asked)


async def test_a_picture_that_was_named_is_not_shown_again(world: World) -> None:
    await picture(world)
    (mine,) = await offered(world, world.alice)
    asked = await waiting_edit(world, of=mine["value"])

    assert thumbnails(asked.response) == []
    await goes_on(world, asked)


async def test_a_private_picture_is_shown_by_its_file_until_the_first_edit(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True, spoiler=True)
    await world.finished()
    asked = await waiting_edit(world)
    await world.until(lambda: "**Started**" in text_of(asked.response))

    sent = [r.json for r in world.env.http_requests if r.method == "PATCH" and r.json]
    with_picture = [
        body
        for body in sent
        if "attachment://SPOILER_easel-" in str(body) and "Changing" in str(body)
    ]
    assert len(with_picture) == 1
    assert thumbnails(asked.response) == []
    assert "Changing" in text_of(asked.response)
    await goes_on(world, asked)


async def test_a_post_that_cannot_be_read_now_is_shown_by_its_file(world: World) -> None:
    await picture(world)
    world.env.inject_error("GET", "/channels/*/messages/*", status=403, code=50001, times=1)
    asked = await waiting_edit(world)

    assert "Changing" in text_of(asked.response)
    assert any("attachment://easel-" in str(r.json) for r in world.env.http_requests)
    await goes_on(world, asked)


async def test_a_picture_that_discord_does_not_take_costs_nobody_the_ticket(world: World) -> None:
    await picture(world)
    world.env.inject_error(
        "PATCH", "/webhooks/*/*/messages/@original", status=400, code=50035, times=1
    )
    asked = await waiting_edit(world)

    assert "Changing" in text_of(asked.response)
    assert thumbnails(asked.response) == []
    await goes_on(world, asked)


async def test_a_picture_that_discord_refuses_later_is_left_out_for_good(world: World) -> None:
    await picture(world)
    world.apis.gate.clear()
    for _ in range(2):
        await world.bob.slash(world.art, "imagine", prompt="busy", count=4)
    await world.apis.until(lambda: world.apis.waiting == 4)
    asked = await world.alice.slash(world.art, "edit", prompt="make it night")
    assert len(thumbnails(asked.response)) == 1
    world.env.inject_error(
        "PATCH", "/webhooks/*/*/messages/@original", status=400, code=50035, times=1
    )
    (job,) = [one for one in await world.jobs(world.alice) if not one.state.final]
    progress = await world.app.requests.intake.progress(job.job_id)
    assert progress
    assert await world.app.adapters.publisher.show(progress)

    assert thumbnails(asked.response) == []
    assert labels_of(asked.response) == ["Cancel", "Refresh"]
    assert await world.app.adapters.publisher.show(progress)
    await goes_on(world, asked)


# --- suggestions ------------------------------------------------------------------------------


async def test_suggestions_wait_for_no_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await picture(world)
    known = await offered(world, world.alice)
    never = asyncio.Event()

    async def stuck(**_: object) -> None:
        await never.wait()

    monkeypatch.setattr(world.app.requests.results, "recent", stuck)
    await world.env.advance_time(60)

    (still,) = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    assert still["value"] == known[0]["value"]
    assert await world.bob.autocomplete(world.art, "edit", "of", "", prompt="x") == []


async def test_a_new_result_is_suggested_without_a_second_key(world: World) -> None:
    await picture(world)
    await offered(world, world.alice)
    await picture(world, prompt="an owl")
    await world.until(
        lambda: any(
            len(known.value) == 2
            for known in world.app.requests.recent_results._lists._entries.values()
        )
    )

    found = await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x")
    assert len(found) == 2


async def test_a_removed_picture_is_not_suggested(world: World) -> None:
    result = await picture(world)
    await offered(world, world.alice)
    await removed(world, world.alice, result)

    assert await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x") == []


async def test_a_picture_deleted_on_discord_is_not_suggested(world: World) -> None:
    result = await picture(world)
    await offered(world, world.alice)
    world.env.backend.delete_message(world.art.id, result.id)
    await world.env.settle()

    assert await world.alice.autocomplete(world.art, "edit", "of", "", prompt="x") == []


async def test_what_is_made_from_a_spoiler_is_one_and_the_member_is_told(world: World) -> None:
    hidden = [("SPOILER_cat.png", png())]
    message = await world.bob.send(world.art, "my cat", attachments=hidden)
    form = await world.alice.context_menu(world.art, "Edit picture", message)
    asked = await world.alice.submit_modal(form, {"prompt": "make it night"})
    assert "behind a spoiler" in text_of(asked.response)
    await world.finished()

    (result,) = [one for one in world.results() if one.id != message.id]
    assert all(file.is_spoiler() for file in result.attachments)
    # And so on: the result is the next one's parent.
    await edit(world, world.bob, result, "add a moon")
    await world.finished()
    assert all(file.is_spoiler() for file in world.results()[-1].attachments)


async def test_an_explicit_no_does_not_uncover_a_spoiler(world: World) -> None:
    files = {"image1": ("SPOILER_cat.png", png())}
    asked = await world.alice.slash(
        world.art, "edit", prompt="make it night", spoiler=False, **files
    )
    await world.finished()

    assert "behind a spoiler" in text_of(asked.response)
    assert all(file.is_spoiler() for file in world.results()[-1].attachments)


async def test_an_own_spoiler_needs_no_explanation(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", spoiler=True)
    await world.finished()
    asked = await world.alice.slash(world.art, "edit", prompt="make it night", spoiler=True)
    await world.finished()
    assert "behind a spoiler, because" not in text_of(asked.response)


async def test_a_reply_to_a_spoiler_says_so_below_the_result(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox", spoiler=True)
    await world.finished()
    await world.alice.send(world.art, "1: make it night", reply_to=world.results()[-1])
    await world.finished()

    result = world.results()[-1]
    assert all(file.is_spoiler() for file in result.attachments)
    assert "behind a spoiler, because" in result.content


async def test_a_flag_of_an_attachment_is_a_spoiler_too(world: World) -> None:
    message = await world.bob.send(world.art, "my cat", attachments=[("cat.png", png())])
    stored = world.env.backend.messages[world.art.id][message.id]
    stored.attachments[0]["flags"] = discord.AttachmentFlags.spoiler.flag
    await world.env.settle()
    form = await world.alice.context_menu(world.art, "Edit picture", message)
    await world.alice.submit_modal(form, {"prompt": "make it night"})
    await world.finished()

    assert all(file.is_spoiler() for file in world.results()[-1].attachments)


async def test_a_picture_in_the_basket_stays_a_spoiler(world: World) -> None:
    hidden = [("SPOILER_cat.png", png())]
    message = await world.bob.send(world.art, "my cat", attachments=hidden)
    await world.alice.context_menu(world.art, "Use as reference", message)
    form = await world.alice.slash(world.art, "blend")
    await world.alice.submit_modal(form, {"prompt": "in a forest"})
    await world.finished()

    assert all(file.is_spoiler() for file in world.results()[-1].attachments)
