"""`/jobs` as a history: pages with thumbnails, search, older pages, Use this prompt, Again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from bot.domain.job import JobState, new_job_id
from bot.services.requests import history, thumbnails
from bot.storage.rows import canonical_json
from bot.storage.tables import jobs, posts
from bot.ui import buttons
from tests.cogs.member_actions import (
    forbid,
    manager,
    picture,
    posted,
    press,
    removed,
    restart,
)
from tests.cogs.test_actions import answer_to, waiting_ticket
from tests.cogs.test_places import for_adults
from tests.world import World, labels_of, png, text_of


def parts_of(source: Any, kind: int) -> Iterator[dict[str, Any]]:
    """Yield the components of one type in a layout, thumbnails too."""

    def walk(nodes: Any) -> Iterator[dict[str, Any]]:
        for node in nodes:
            raw: dict[str, Any] = node if isinstance(node, dict) else node.to_dict()
            if raw.get("type") == kind:
                yield raw
            yield from walk(raw.get("components") or ())
            yield from walk([raw["accessory"]] if raw.get("accessory") else ())

    yield from walk(source.components)


def thumbnails_of(shown: Any) -> list[str]:
    """Return the addresses of a page's thumbnails."""
    return [part["media"]["url"] for part in parts_of(shown.response, 11)]


def prompts_of(shown: Any) -> list[str]:
    """Return the prompts on a page, in their order."""
    texts = [part["content"] for part in parts_of(shown.response, 10)]
    return [text.split("\n")[0].partition(" · ")[2] for text in texts if text.startswith("**")][1:]


async def copies(world: World, prompts: list[str], *, guild_id: int | None = None) -> list[str]:
    """Store earlier requests of alice's like her newest one, oldest first; return their ids."""
    made: list[str] = []
    async with world.app.database.write() as uow:
        rows = (await uow.connection.execute(select(jobs).order_by(jobs.c.turn.desc()), {})).all()
        first = rows[0]
        request = await uow.job_queries.get(first.job_id)
        assert request is not None
        values = first._asdict()
        for number, prompt in enumerate(prompts):
            job_id = new_job_id()
            made.append(job_id)
            request_values = request.request.to_dict() | {"prompt": prompt}
            at = first.created_at - len(prompts) + number
            row = values | {
                "job_id": job_id,
                "origin": f"copy:{job_id}",
                "turn": first.turn + number - 100_000,
                "created_at": at,
                "finished_at": at,
                "told_at": at,
                "request": canonical_json(request_values),
                "state": JobState.FAILED.value,
                "reason": "provider_down",
                "guild_id": guild_id or first.guild_id,
            }
            await uow.connection.execute(jobs.insert().values(**row), {})
        await uow.commit()
    return made


async def find(world: World, shown: Any, text: str) -> None:
    form = await press(world.alice, shown, label="Search")
    await world.alice.submit_modal(form, {"search": text})


async def choose(world: World, shown: Any, job_id: str) -> None:
    (select_menu,) = parts_of(shown.response, 3)
    await world.alice.select(shown.response.message, [job_id], custom_id=select_menu["custom_id"])


async def test_a_page_shows_pictures_model_price_and_a_link(world: World) -> None:
    result = await picture(world, count=2, prompt="a fox")
    shown = await world.alice.slash(world.art, "jobs")

    assert shown.ephemeral
    told = text_of(shown.response)
    assert "**1** · a fox" in told
    address = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{result.id}"
    assert f"Seedream 4.0 · [2 pictures]({address}) · 2 credits" in told
    (thumbnail,) = parts_of(shown.response, 11)
    assert thumbnail["description"] == "AI-made picture 1 of 2: a fox"
    assert labels_of(shown.response) == ["Search"]


async def test_a_thumbnail_is_small_and_comes_from_the_kept_file(world: World) -> None:
    await picture(world)
    before = len(world.env.http_requests)
    shown = await world.alice.slash(world.art, "jobs")

    assert [r for r in world.env.http_requests[before:] if r.method == "GET"] == []
    assert len(thumbnails_of(shown)) == 1
    (job,) = await world.jobs(world.alice)
    small = world.app.spool.path(world.app.spool.thumbnail(job.job_id, 0))
    with Image.open(small) as made:
        assert (made.format, max(made.size)) == ("JPEG", 256)


async def test_without_the_file_the_message_is_read_once(world: World) -> None:
    result = await picture(world)
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    before = len(world.env.http_requests)
    shown = await world.alice.slash(world.art, "jobs")
    again = await world.alice.slash(world.art, "jobs")

    reads = [r for r in world.env.http_requests[before:] if r.method == "GET"]
    assert [r.path.rsplit("/", 1)[-1] for r in reads] == [str(result.id)]
    assert thumbnails_of(shown) == thumbnails_of(again) == [result.attachments[0].url]


async def test_open_requests_come_first_and_a_full_page_leads_to_older_ones(world: World) -> None:
    await posted(world)
    await copies(world, [f"copy {number}" for number in range(23)])
    await waiting_ticket(world)
    first = await world.alice.slash(world.art, "jobs")

    assert prompts_of(first)[:3] == ["a fox", "a fox", "copy 22"]
    assert len(prompts_of(first)) == 10
    assert "**1** · a fox\n-# ⏳ number" in text_of(first.response)
    assert labels_of(first.response) == ["Older", "Search"]

    await press(world.alice, first, label="Older")
    assert prompts_of(first) == [f"copy {number}" for number in range(14, 4, -1)]
    assert labels_of(first.response) == ["Older", "Newest", "Search"]
    await press(world.alice, first, label="Older")
    assert prompts_of(first) == [f"copy {number}" for number in range(4, -1, -1)]
    assert labels_of(first.response) == ["Newest", "Search"]
    await press(world.alice, first, label="Newest")
    assert prompts_of(first)[2] == "copy 22"
    world.apis.gate.set()
    await world.finished()


async def test_an_old_page_stays_right_when_new_requests_come_and_after_a_restart(
    world: World,
) -> None:
    await posted(world)
    await copies(world, [f"copy {number}" for number in range(15)])
    shown = await world.alice.slash(world.art, "jobs")
    await posted(world, "a hen")
    await restart(world)
    await press(world.alice, shown, label="Older")

    assert prompts_of(shown) == [f"copy {number}" for number in range(5, -1, -1)]
    await press(world.alice, shown, label="Newest")
    assert prompts_of(shown)[0] == "a hen"


async def test_a_request_that_was_chosen_leads_back_to_its_page(world: World) -> None:
    await posted(world)
    ids = await copies(world, [f"copy {number}" for number in range(15)])
    shown = await world.alice.slash(world.art, "jobs")
    await press(world.alice, shown, label="Older")
    await choose(world, shown, ids[3])

    assert "> copy 3" in text_of(shown.response)
    assert labels_of(shown.response) == ["Why?", "Retry", "Use this prompt", "Back"]
    assert thumbnails_of(shown) == []
    await press(world.alice, shown, label="Back")
    assert prompts_of(shown) == [f"copy {number}" for number in range(5, -1, -1)]


async def test_again_and_details_of_an_earlier_request(world: World) -> None:
    await posted(world)
    (job,) = await world.jobs(world.alice)
    shown = await world.alice.slash(world.art, "jobs")
    await choose(world, shown, job.job_id)
    assert labels_of(shown.response) == ["Use this prompt", "Again", "Details", "Back"]
    details = await press(world.alice, shown, label="Details")
    assert f"Request {job.job_id}" in text_of(details.response)
    asked = await press(world.alice, shown, label="Again")
    await press(world.alice, shown, label="Again")
    await world.finished()

    assert "**Done**" in text_of(asked.response)
    assert [one.request.prompt for one in await world.jobs(world.alice)] == ["a fox", "a fox"]


async def test_search_finds_words_in_any_language_case_and_width(world: World) -> None:
    await posted(world)
    await copies(world, ["Une Crème brûlée", "一只狐狸在雪地里", "100% wool_scarf", "🦊 party"])
    shown = await world.alice.slash(world.art, "jobs", search="狐狸")
    assert prompts_of(shown) == ["一只狐狸在雪地里"]
    assert "**Your requests with “狐狸”**" in text_of(shown.response)
    assert labels_of(shown.response) == ["Search", "All requests"]

    for typed, prompt in {
        "BRULEE creme": "Une Crème brûlée",
        "ｃｒｅｍｅ": "Une Crème brûlée",
        "100%": "100% wool\\_scarf",
        '"wool_scarf"': "100% wool\\_scarf",
        "🦊": "🦊 party",
    }.items():
        await find(world, shown, typed)
        assert prompts_of(shown) == [prompt], typed
    for typed in ("%", "a_fox", "'; DROP TABLE jobs", "\\"):
        await find(world, shown, typed)
        assert prompts_of(shown) == (["100% wool\\_scarf"] if typed == "%" else []), typed
        assert ("None of your requests" in text_of(shown.response)) == (typed != "%")
    for everything in ("", '""'):
        await find(world, shown, everything)
        assert len(prompts_of(shown)) == 5
    await find(world, shown, "fox")
    await press(world.alice, shown, label="All requests")
    assert len(prompts_of(shown)) == 5


async def test_a_search_goes_on_on_older_pages(world: World) -> None:
    await posted(world, "something else")
    await copies(world, [f"{'red' if number % 2 else 'blue'} {number}" for number in range(60)])
    shown = await world.alice.slash(world.art, "jobs", search="red")

    assert prompts_of(shown) == [f"red {number}" for number in range(59, 39, -2)]
    await press(world.alice, shown, label="Older")
    await press(world.alice, shown, label="Older")
    assert prompts_of(shown) == [f"red {number}" for number in range(19, -1, -2)]
    assert labels_of(shown.response) == ["Newest", "Search", "All requests"]


async def test_a_long_search_stops_and_says_how_far_it_came(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_SEARCHED", 20)
    monkeypatch.setattr(history, "_SEARCHED_AT_ONCE", 10)
    await posted(world)
    await copies(world, ["needle", *["hay"] * 30])
    shown = await world.alice.slash(world.art, "jobs", search="needle")

    assert "Searched back to" in text_of(shown.response)
    assert labels_of(shown.response) == ["Older", "Search", "All requests"]
    await press(world.alice, shown, label="Older")
    assert prompts_of(shown) == ["needle"]


async def test_a_removed_result_says_so_and_shows_no_picture(world: World) -> None:
    result = await posted(world)
    await removed(world, world.alice, result)
    shown = await world.alice.slash(world.art, "jobs")

    assert "🗑️ removed, made" in text_of(shown.response)
    assert str(result.id) not in text_of(shown.response)
    assert thumbnails_of(shown) == []
    (job,) = await world.jobs(world.alice)
    await choose(world, shown, job.job_id)
    assert "🗑️ removed" in text_of(shown.response)
    assert labels_of(shown.response) == ["Use this prompt", "Back"]


async def test_a_message_that_was_deleted_unseen_is_marked_on_the_page(world: World) -> None:
    result = await posted(world)
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    del world.env.backend.messages[world.art.id][result.id]
    shown = await world.alice.slash(world.art, "jobs")

    assert "🗑️ removed, made" in text_of(shown.response)
    async with world.app.database.read() as uow:
        (row,) = (await uow.connection.execute(select(posts.c.removed_at), {})).all()
    assert row.removed_at is not None


async def test_without_the_right_to_read_a_page_has_no_thumbnail_and_asks_once(
    world: World,
) -> None:
    await posted(world)
    (job,) = await world.jobs(world.alice)
    world.app.spool.remove(job.job_id)
    world.env.inject_error("GET", "/channels/*/messages/*", status=403, code=50001, times=1)
    shown = await world.alice.slash(world.art, "jobs")
    before = len(world.env.http_requests)
    await world.alice.slash(world.art, "jobs")

    assert thumbnails_of(shown) == []
    assert "[1 picture](" in text_of(shown.response)
    assert [r for r in world.env.http_requests[before:] if r.method == "GET"] == []


async def test_pictures_of_an_adult_channel_are_not_shown_elsewhere(world: World) -> None:
    adult = world.guild.create_text_channel("adult")
    for_adults(world, adult)
    await world.alice.slash(adult, "imagine", prompt="a fox")
    await world.finished()
    elsewhere = await world.alice.slash(world.art, "jobs")
    there = await world.alice.slash(adult, "jobs")

    assert len(thumbnails_of(elsewhere)) == 0
    assert len(thumbnails_of(there)) == 1


async def test_spoilers_and_private_results_stay_what_they_are(world: World) -> None:
    await posted(world, spoiler=True)
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    shown = await world.alice.slash(world.art, "jobs")

    secret, hidden = parts_of(shown.response, 11)
    assert (secret["spoiler"], hidden["spoiler"]) == (False, True)
    assert "1 picture, only for you" in text_of(shown.response)


async def test_a_server_shows_its_own_requests_only(world: World) -> None:
    await posted(world)
    await copies(world, ["a wish elsewhere"], guild_id=4711)
    shown = await world.alice.slash(world.art, "jobs")
    found = await world.alice.slash(world.art, "jobs", search="wish")

    assert prompts_of(shown) == ["a fox"]
    assert "None of your requests here has “wish”." in text_of(found.response)


async def test_nobody_reads_anothers_requests_by_their_buttons(world: World) -> None:
    await posted(world)
    ids = await copies(world, [f"copy {number}" for number in range(12)])
    for custom_id in (
        buttons.jobs_page("", ""),
        buttons.jobs_page(ids[5], ""),
        buttons.jobs_page("", "copy"),
        buttons.jobs_page("0" * 13, ""),
    ):
        told = await answer_to(world, custom_id)
        assert "copy" not in told.replace("“copy”", "")


async def test_five_hundred_requests_are_read_to_the_end(world: World) -> None:
    await posted(world)
    await copies(world, [f"copy {number}" for number in range(500)])
    shown = await world.alice.slash(world.art, "jobs")
    seen = prompts_of(shown)
    while "Older" in labels_of(shown.response):
        await press(world.alice, shown, label="Older")
        seen += prompts_of(shown)

    assert seen == ["a fox", *(f"copy {number}" for number in range(499, -1, -1))]


async def test_a_page_that_discord_refuses_comes_without_thumbnails(world: World) -> None:
    await posted(world)
    world.env.inject_error("PATCH", "/webhooks/*", status=400, code=50035, times=1)
    shown = await world.alice.slash(world.art, "jobs")

    assert prompts_of(shown) == ["a fox"]
    assert thumbnails_of(shown) == []


async def test_a_slow_thumbnail_keeps_nobody_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "PATIENCE_SECONDS", 0.0)
    await posted(world)
    shown = await world.alice.slash(world.art, "jobs")

    assert prompts_of(shown) == ["a fox"]


# --- Use this prompt ------------------------------------------------------------------------------


async def use(world: World, prompt: str | None = None, **fields: Any) -> Any:
    """Press Use this prompt on alice's newest request, and send the form, changed or not."""
    job = (await world.jobs(world.alice))[0]
    shown = await world.alice.slash(world.art, "jobs")
    await choose(world, shown, job.job_id)
    form = await press(world.alice, shown, label="Use this prompt")
    text = job.request.prompt if prompt is None else prompt
    sent = await world.alice.submit_modal(form, {"prompt": text, **fields})
    await world.finished()
    return sent


async def test_a_prompt_is_used_once_more_with_other_words(world: World) -> None:
    await posted(world, "a fox in the snow")
    asked = await use(world, "a fox in the rain --n 2")

    job = (await world.jobs(world.alice))[0]
    assert (job.request.prompt, job.request.count) == ("a fox in the rain", 2)
    assert asked.ephemeral


async def test_flags_and_codes_that_were_kept_as_words_are_not_read_again(world: World) -> None:
    await posted(world)
    await copies(world, ["a poster that says --n 4 <#1> and 2: --ar"])
    shown = await world.alice.slash(world.art, "jobs", search="poster")
    (job_id,) = [o["value"] for part in parts_of(shown.response, 3) for o in part["options"]]
    await choose(world, shown, job_id)
    form = await press(world.alice, shown, label="Use this prompt")
    await world.alice.submit_modal(
        form, {"prompt": "a poster that says --n 4 <#1> and 2: --ar --ar 16:9"}
    )
    await world.finished()

    job = (await world.jobs(world.alice))[0]
    assert job.request.prompt == "a poster that says --n 4 <#1> and 2: --ar"
    assert job.request.count == 1
    assert await world.left(world.alice) == 8


async def test_a_form_that_is_sent_twice_is_one_request(world: World) -> None:
    await posted(world)
    (job,) = await world.jobs(world.alice)
    shown = await world.alice.slash(world.art, "jobs")
    await choose(world, shown, job.job_id)
    form = await press(world.alice, shown, label="Use this prompt")
    await world.alice.submit_modal(form, {"prompt": "a hen"})
    form._interaction.modal_consumed = False
    await world.alice.submit_modal(form, {"prompt": "a hen"})
    await world.finished()

    assert len(await world.jobs(world.alice)) == 2
    assert await world.left(world.alice) == 8


async def test_the_words_of_a_private_request_stay_private(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a secret", private=True)
    await world.finished()
    await use(world)

    assert world.results() == []
    assert [job.secret for job in await world.jobs(world.alice)] == [True, True]


async def test_details_offer_the_prompt_to_who_may_read_it(world: World) -> None:
    result = await posted(world)
    details = await press(world.bob, result, label="Details")
    form = await press(world.bob, details, label="Use this prompt")
    await world.bob.submit_modal(form, {"prompt": "a fox", "count": "2"})
    await world.finished()
    assert (await world.jobs(world.bob))[0].request.count == 2

    maya = manager(world)
    await world.decide("prompts_shown", False)
    hidden = await press(world.bob, result, label="Details")
    assert "Use this prompt" not in labels_of(hidden.response)
    stale = await press(world.bob, details, label="Use this prompt")
    assert "does not show other members' prompts" in text_of(stale.response)
    assert maya


async def test_the_gate_is_asked_before_the_form_opens(world: World) -> None:
    await posted(world)
    (job,) = await world.jobs(world.alice)
    shown = await world.alice.slash(world.art, "jobs")
    await choose(world, shown, job.job_id)
    await forbid(world, "send_messages")
    refused = await press(world.alice, shown, label="Use this prompt")

    assert "You cannot send" in text_of(refused.response)


async def test_examples_of_a_request_are_not_taken_along_with_its_words(world: World) -> None:
    await posted(world, image1=("cat.png", png()))
    await use(world)

    assert world.apis.requests[-1].references == 0
