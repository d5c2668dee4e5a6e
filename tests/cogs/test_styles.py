"""Styles as members save, use, publish and delete them."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from bot.domain.errors import StorageError
from bot.domain.quotas.rules import AccessKind
from bot.domain.setup_problems import SetupProblem
from bot.domain.styles.style import MOST_STYLES, StyleError, StyleProblem
from bot.services.ports import ReferenceSource
from bot.services.servers.access import Requester
from bot.services.styles.style_book import NewStyle
from bot.storage.people.styles import SqlStyles
from tests.cogs.member_actions import manager, newest, posted, press, removed
from tests.cogs.test_places import for_adults
from tests.world import World, labels_of, png, text_of

V40 = "doubao-seedream-4-0-250828"


async def saved(world: World, member: Any, name: str = "Ink", **options: Any) -> Any:
    """Save a style from the member's newest result."""
    options.setdefault("words", "{prompt}, in ink")
    return await member.slash(world.art, "style save", name=name, **options)


def requester(world: World, member: Any) -> Requester:
    return Requester(user_id=member.id, guild_id=world.guild.id, channel_id=world.art.id)


async def styles(world: World, member: Any) -> list[Any]:
    async with world.app.database.read() as uow:
        return await uow.styles.of(user_id=member.id, guild_id=world.guild.id)


async def sent(world: World, member: Any) -> str:
    """Return what the service was sent for a member's newest request."""
    return (await newest(world, member)).request.styled_prompt


async def test_a_style_saved_from_a_result_is_used_in_two_choices(world: World) -> None:
    await posted(world, "a fox in ink", aspect="16:9", model=V40)
    shown = await saved(world, world.alice)
    assert shown.ephemeral
    assert "Saved: **Ink**" in text_of(shown.response)
    assert "Seedream 4.0" in text_of(shown.response)

    await world.alice.slash(world.art, "imagine", prompt="a castle", style="ink")
    await world.finished()
    job = await newest(world)
    assert (job.request.prompt, job.request.model) == ("a castle", V40)
    assert job.request.styled_prompt == "a castle, in ink"
    width, height = (int(one) for one in job.request.size.split("x"))
    assert width > height


async def test_details_open_a_form_that_saves_it(world: World) -> None:
    result = await posted(world, "a fox in ink")
    details = await press(world.alice, result, label="Details")
    form = await press(world.alice, details, label="Save as style")
    shown = await world.alice.submit_modal(form, {"name": "Ink", "words": "{prompt} in ink"})
    assert "Saved: **Ink**" in text_of(shown.response)
    (style,) = await styles(world, world.alice)
    assert style.words == "{prompt} in ink"


async def test_without_words_the_command_opens_the_form(world: World) -> None:
    await posted(world, "a fox in ink")
    form = await world.alice.slash(world.art, "style save", name="Ink")
    assert form.modal
    await world.alice.submit_modal(form, {"name": "Ink", "words": "ink"})
    assert [one.words for one in await styles(world, world.alice)] == ["ink"]


async def test_words_without_a_place_follow_those_of_the_member(world: World) -> None:
    await posted(world)
    await saved(world, world.alice, words="in ink")
    await world.alice.slash(world.art, "imagine", prompt='a castle --style "Ink"')
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"


async def test_a_place_may_be_twice_and_what_is_typed_is_none(world: World) -> None:
    await posted(world)
    await saved(world, world.alice, words="{prompt} and again {prompt}")
    await world.alice.slash(world.art, "imagine", prompt="a {prompt}", style="Ink")
    await world.finished()
    assert await sent(world, world.alice) == "a {prompt} and again a {prompt}"


async def test_only_the_words_of_the_member_are_shown(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    result = world.results()[-1]
    assert "a castle" in result.content
    assert "in ink" not in result.content
    details: Any = await press(world.bob, result, label="Details")
    assert "style: **Ink**" in text_of(details.response)


async def test_an_unknown_style_is_refused_with_the_nearest_and_fixed_by_the_form(
    world: World,
) -> None:
    await posted(world)
    await saved(world, world.alice)
    asked = await world.alice.slash(world.art, "imagine", prompt="a castle", style="Inc")
    assert "There is no style “Inc” here" in text_of(asked.response)
    form = await press(world.alice, asked, label="Fix it")
    await world.alice.submit_modal(form, {"prompt": "a castle"})
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"


async def test_again_repeats_a_style_that_was_deleted(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    await world.alice.slash(world.art, "style delete", style="Ink")
    assert await styles(world, world.alice) == []

    await press(world.alice, world.results()[-1], label="Again")
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"


async def test_a_style_deleted_while_a_request_waits_stays_in_it(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40)
    await saved(world, world.alice)
    world.apis.gate.clear()
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.alice.slash(world.art, "style delete", style="Ink")
    world.apis.gate.set()
    await world.finished()
    job = await newest(world)
    assert job.request.references == 1
    assert job.state == "done"


async def test_the_pictures_it_was_made_from_are_kept_with_it(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40)
    await saved(world, world.alice)
    (style,) = await styles(world, world.alice)
    assert style.pictures == 1
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    assert (await newest(world)).request.references == 1


async def test_what_a_chosen_model_cannot_do_is_left_out_and_said(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40)
    await saved(world, world.alice)
    asked = await world.alice.slash(
        world.art,
        "imagine",
        prompt="a castle",
        style="Ink",
        model="doubao-seedream-3-0-t2i-250415",
    )
    assert "cannot do all of the style “Ink”" in text_of(asked.response)
    await world.finished()
    assert (await newest(world)).request.references == 0


@pytest.mark.parametrize("how", ["remove", "opt_out", "forget"])
async def test_a_picture_goes_with_its_result_and_its_member(world: World, how: str) -> None:
    result = await posted(world, "a fox in ink", model=V40)
    link = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{result.id}"
    await saved(world, world.bob, of=link, pictures="result")
    (style,) = await styles(world, world.bob)
    assert style.pictures == 1

    if how == "remove":
        await removed(world, world.alice, result)
    elif how == "opt_out":
        await world.app.people.privacy.let_others_edit(world.alice.id, allowed=False)
    else:
        await world.app.people.privacy.forget(world.alice.id)
    (style,) = await styles(world, world.bob)
    assert style.pictures == 0
    await world.bob.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    assert (await newest(world, world.bob)).request.references == 0


async def test_a_removed_result_of_another_style_takes_nothing_away(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40)
    await saved(world, world.alice)
    other = await posted(world, "a hen", image1=("cat.png", png()), model=V40)
    await saved(world, world.alice, "Other")
    await removed(world, world.alice, other)
    pictures = {one.name: one.pictures for one in await styles(world, world.alice)}
    assert pictures == {"Ink": 1, "Other": 0}
    await world.app.jobs.worker._clean()
    assert {one.name: one.pictures for one in await styles(world, world.alice)} == pictures


async def test_somebody_elses_own_picture_does_not_become_an_example(world: World) -> None:
    theirs = await world.bob.send(world.art, "my cat", attachments=[("cat.png", png())])
    form = await world.alice.context_menu(world.art, "Edit picture", theirs)
    await world.alice.submit_modal(form, {"prompt": "in ink"})
    await world.finished()
    shown: Any = await saved(world, world.alice, pictures="given")
    assert "1 picture could not be kept" in text_of(shown.response)
    assert [one.pictures for one in await styles(world, world.alice)] == [0]


async def test_examples_for_adults_are_not_kept_and_a_spoiler_is_passed_on(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40, spoiler=True)
    await saved(world, world.alice)
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    assert (await newest(world)).spoiler

    for_adults(world, world.art)
    refused: Any = await saved(world, world.alice, "Other", pictures="result")
    assert "age-restricted" in text_of(refused.response)
    assert [one.name for one in await styles(world, world.alice)] == ["Ink"]


async def test_a_picture_of_who_keeps_others_from_using_it_is_refused(world: World) -> None:
    result = await posted(world, "a fox in ink", model=V40)
    link = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{result.id}"
    await world.app.people.privacy.let_others_edit(world.alice.id, allowed=False)
    await saved(world, world.bob, of=link, pictures="result")
    assert await styles(world, world.bob) == []
    await saved(world, world.bob, of=link, pictures="none")
    assert [one.pictures for one in await styles(world, world.bob)] == [0]


async def test_deleting_ones_data_deletes_styles_and_their_files(world: World) -> None:
    await posted(world, image1=("cat.png", png()), model=V40)
    await saved(world, world.alice)
    async with world.app.database.read() as uow:
        (style,) = await uow.styles.of(user_id=world.alice.id, guild_id=0)
        (picture,) = await uow.styles.pictures(style.style_id)
    assert await world.app.spool.get(picture.path) is not None

    await world.app.people.privacy.forget(world.alice.id)
    assert await styles(world, world.alice) == []
    assert await world.app.spool.get(picture.path) is None


async def test_an_export_has_the_styles(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    export = await world.app.people.privacy.export(world.alice.id, limit_bytes=10**7)
    assert b"in ink" in export.data


async def test_forbidden_words_hold_when_it_is_saved_and_when_it_is_used(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    changes = world.app.servers.changes
    actor = changes.actor(world.guild.id, world.mora.id)
    await world.app.servers.settings.add_words(actor, "ink")

    refused = await saved(world, world.alice, "Other")
    assert "does not allow the word" in text_of(refused.response)
    asked = await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    assert "ink" in text_of(asked.response)
    assert await world.jobs(world.alice) == [(await newest(world))]


async def test_a_blocked_member_saves_nothing(world: World) -> None:
    await posted(world)
    await world.mora.slash(world.art, "moderate block", member=world.alice)
    await saved(world, world.alice)
    assert await styles(world, world.alice) == []


async def test_a_name_is_one_in_every_spelling_and_the_same_style_is_saved_once(
    world: World,
) -> None:
    await posted(world)
    await saved(world, world.alice)
    await saved(world, world.alice)
    assert len(await styles(world, world.alice)) == 1
    again = await saved(world, world.alice, "  iNK ", words="other")
    assert "already a style" in text_of(again.response)
    for name, said in (("x" * 60, "at most 40"), ("\u200b", "needs a name")):
        refused = await saved(world, world.alice, name)
        assert said in text_of(refused.response)
    emoji = await saved(world, world.alice, "🦊 *bold*")
    assert "🦊 \\*bold\\*" in text_of(emoji.response)


async def test_several_at_once_do_not_pass_the_limit_nor_share_a_name(world: World) -> None:
    book, who = world.app.styles.book, requester(world, world.alice)
    every = [NewStyle(name=f"s{number}", words="ink") for number in range(MOST_STYLES + 3)]
    done = await asyncio.gather(*(book.save(who, one) for one in every), return_exceptions=True)
    assert len(await styles(world, world.alice)) == MOST_STYLES
    problems = [one.problem for one in done if isinstance(one, StyleError)]
    assert problems == [StyleProblem.TOO_MANY] * 3
    await posted(world)
    refused: Any = await saved(world, world.alice, "one more")
    assert "already. Please delete" in text_of(refused.response)


async def test_the_same_style_at_once_is_one_with_one_set_of_files(world: World) -> None:
    book, who = world.app.styles.book, requester(world, world.alice)
    (world.app.spool.path(world.app.spool.reference("0" * 13, "given", 0))).write_bytes(png())
    path = world.app.spool.path("0" * 13 + "/reference-given-0")
    new = NewStyle(name="Ink", words="ink", pictures=[ReferenceSource(path=path, name="cat")])
    first, second = await asyncio.gather(book.save(who, new), book.save(who, new))
    assert first.style.style_id == second.style.style_id
    async with world.app.database.read() as uow:
        (picture,) = await uow.styles.pictures(first.style.style_id)
    folders = set(world.app.spool.job_ids()) - {"0" * 13}
    assert folders == {picture.picture_id}


async def test_files_without_a_style_are_swept_and_those_of_a_style_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, book, who = world.app.spool, world.app.styles.book, requester(world, world.alice)
    given = spool.path(spool.reference("0" * 13, "given", 0))
    given.write_bytes(png())
    pictures = [ReferenceSource(path=given, name="cat")]
    kept = await book.save(who, NewStyle(name="Kept", words="ink", pictures=pictures))

    async def dies(*_: Any, **__: Any) -> None:
        raise StorageError(SetupProblem.SAID, said="locked")

    before = set(spool.job_ids())
    with monkeypatch.context() as broken:
        broken.setattr(SqlStyles, "add_style", dies)
        with pytest.raises(StorageError):
            await book.save(who, NewStyle(name="Lost", words="oil", pictures=pictures))
    (lost,) = set(spool.job_ids()) - before
    for name in spool.job_ids():
        os.utime(spool.path(f"{name}/x").parent, (0, 0))
    await world.app.jobs.worker._clean()
    assert lost not in spool.job_ids()
    async with world.app.database.read() as uow:
        (picture,) = await uow.styles.pictures(kept.style.style_id)
    assert await spool.get(picture.path) is not None


async def test_a_server_that_is_gone_takes_its_styles_along(world: World) -> None:
    maya = manager(world)
    await maya.slash(world.art, "imagine", prompt="a fox", image1=("cat.png", png()), model=V40)
    await world.finished()
    await saved(world, maya)
    await maya.slash(world.art, "style share", style="Ink")
    async with world.app.database.write() as uow:
        await uow.removed_guilds.purge(world.guild.id)
        await uow.commit()
    (own,) = await styles(world, maya)
    assert (own.guild_id, own.pictures) == (0, 1)


async def test_others_neither_see_nor_use_nor_delete_it(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    (style,) = await styles(world, world.alice)
    for command in ("style show", "style delete"):
        shown = await world.bob.slash(world.art, command, style=style.style_id)
        assert "There is no style" in text_of(shown.response)
    asked = await world.bob.slash(world.art, "imagine", prompt="a hen", style=style.style_id)
    assert "There is no style" in text_of(asked.response)
    assert await styles(world, world.alice) == [style]


async def test_the_list_opens_a_style_whose_button_opens_the_form(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    shown: Any = await world.alice.slash(world.art, "style list")
    assert "**Ink** · 1 credit" in text_of(shown.response)
    (style,) = await styles(world, world.alice)
    await world.alice.select(shown.response.message, [style.style_id])
    assert {"Use style", "Delete style"} <= set(labels_of(shown.response))
    form = await press(world.alice, shown, label="Use style")
    await world.alice.submit_modal(form, {"prompt": "a castle"})
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"


async def test_managers_publish_for_everybody_and_it_outlives_its_maker(world: World) -> None:
    maya = manager(world)
    await maya.slash(world.art, "imagine", prompt="a fox", image1=("cat.png", png()), model=V40)
    await world.finished()
    await saved(world, maya)
    refused = await world.alice.slash(world.art, "style share", style="Ink")
    assert "Manage Server" in text_of(refused.response)
    await maya.slash(world.art, "style share", style="Ink")
    await maya.slash(world.art, "style delete", style="Ink")

    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"
    assert (await newest(world)).request.references == 1
    kept = await world.alice.slash(world.art, "style delete", style="Ink")
    assert "Only managers" in text_of(kept.response)


@pytest.mark.parametrize("use", ["default", "always"])
async def test_a_server_style_is_used_where_none_is_named(world: World, use: str) -> None:
    maya = manager(world)
    await posted(world)
    await maya.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    await saved(world, maya)
    await maya.slash(world.art, "style share", style="Ink")
    await saved(world, world.alice, "Oil", words="{prompt} in oil")
    await world.decide("server_style", "Ink")
    await world.decide("styles", use)

    asked = await world.alice.slash(world.art, "imagine", prompt="a castle")
    assert "“Ink”" in text_of(asked.response)
    await world.finished()
    assert await sent(world, world.alice) == "a castle, in ink"
    await world.alice.slash(world.art, "imagine", prompt="a castle", style="Oil")
    await world.finished()
    expected = "a castle in oil" if use == "default" else "a castle, in ink"
    assert await sent(world, world.alice) == expected


async def test_styles_can_be_turned_off(world: World) -> None:
    await posted(world)
    await saved(world, world.alice)
    await world.decide("styles", "off")
    asked = await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    assert "turned styles off" in text_of(asked.response)
    refused = await saved(world, world.alice, "Other")
    assert "turned styles off" in text_of(refused.response)


async def test_the_panel_chooses_the_server_style(world: World) -> None:
    maya = manager(world)
    await maya.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    await saved(world, maya)
    await maya.slash(world.art, "style share", style="Ink")
    panel = await maya.slash(world.art, "easel setup")
    await maya.select(panel.response, ["server_style"], custom_id="s1:setup:members")
    await maya.select(panel.response, ["Ink"], custom_id="s1:set:server_style")
    await maya.select(panel.response, ["styles"], custom_id="s1:setup:members")
    await maya.select(panel.response, ["always"], custom_id="s1:set:styles")
    assert "Server style: **Ink**" in text_of(panel.response)
    await world.alice.slash(world.art, "imagine", prompt="a hen")
    await world.finished()
    assert await sent(world, world.alice) == "a hen, in ink"


async def test_a_model_denied_to_the_member_gives_way_to_another(world: World) -> None:
    await posted(world, model=V40)
    await saved(world, world.alice)
    actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
    await world.app.servers.settings.allow(actor, AccessKind.MODEL, V40, False)
    asked = await world.alice.slash(world.art, "imagine", prompt="a castle", style="Ink")
    assert "cannot do all of the style “Ink”, so I left out: model" in text_of(asked.response)
    await world.finished()
    assert (await newest(world)).request.model != V40


async def test_suggestions_come_from_memory(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await posted(world)
    await saved(world, world.alice)
    known = world.app.styles.known
    known.expect(world.alice.id, world.guild.id)
    await world.until(lambda: bool(known.of(world.alice.id, world.guild.id)))

    async def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("a suggestion asked the database")

    monkeypatch.setattr(SqlStyles, "of", never)
    found = await world.alice.autocomplete(world.art, "imagine", "style", "in", prompt="x")
    assert [name for name, _ in map(_choice, found)] == ["Ink · Seedream 4.5 · 1 credit"]


def _choice(found: Any) -> tuple[str, str]:
    return (found["name"], found["value"]) if isinstance(found, dict) else (found.name, found.value)
