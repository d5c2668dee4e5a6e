"""`/easel words`: what can be forbidden, what follows, and lists of every length."""

from __future__ import annotations

from typing import Any

import pytest

from bot.services.servers.decisions import WordDecision
from bot.services.servers.policies import Policies
from tests.cogs.member_actions import manager, press, show_to
from tests.world import World, text_of


async def words(world: World, who: Any, which: str, **options: Any) -> Any:
    told = await who.slash(world.art, f"easel words {which}", **options)
    assert told.ephemeral
    return told


async def add(world: World, who: Any, word: str) -> str:
    return text_of((await words(world, who, "add", word=word)).response)


async def listed(world: World) -> list[str]:
    return await world.app.servers.settings.words(world.guild.id)


async def asked(world: World, prompt: str) -> str:
    told = await world.alice.slash(world.art, "imagine", prompt=prompt)
    await world.finished()
    return text_of(told.response)


async def test_a_word_is_forbidden_undone_and_let_through(world: World) -> None:
    maya = manager(world)
    told = await words(world, maya, "add", word="Turnip", reason="you know why")
    assert "Word “turnip”" in text_of(told.response)
    assert "you know why" in text_of(told.response)
    assert "“TURNIP”" in await asked(world, "a TURNIP in a hat")

    await press(maya, told, label="Undo")
    assert "**Done**" in await asked(world, "a turnip in a hat")
    await add(world, maya, "turnip")
    gone = await words(world, maya, "remove", word="Turnip")
    assert "forbidden → **allowed**" in text_of(gone.response)
    assert "**Done**" in await asked(world, "a turnip")


async def test_a_word_twice_changes_nothing_and_says_so(world: World) -> None:
    maya = manager(world)
    await add(world, maya, "turnip")
    told = await add(world, maya, "  TURNIP ")

    assert "“turnip” was already forbidden" in told
    assert await listed(world) == ["turnip"]
    assert len(await world.app.servers.changes.history(world.guild.id, limit=5)) == 1


async def test_several_words_come_with_commas(world: World) -> None:
    maya = manager(world)
    told = await add(world, maya, "turnip, two words，beet*、turnip,,!!!")

    assert "3 words forbidden." in told
    assert "“turnip” was already forbidden" in told
    assert "has no letter and no digit" in told
    assert await listed(world) == ["beet*", "turnip", "two words"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("x" * 60, "Word “xxx"),
        ("x" * 61, "is too long: at most 60 characters"),
        ("a", "is too short: at least 2 characters"),
        ("*", "can have * only at its beginning or end"),
        ("tur*nip", "can have * only at its beginning or end"),
        ("tu*", "needs at least 3 letters next to the *"),
        ("…", "has no letter and no digit"),
        ("@everyone ~~loud~~", "everyone loud”**"),
    ],
)
async def test_every_word_gets_a_clear_answer(world: World, word: str, said: str) -> None:
    assert said in await add(world, manager(world), word)


async def full(world: World) -> None:
    """Forbid as many words as a server may."""
    for start in range(0, 500, 250):
        actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
        text = ",".join(f"forbidden{number:03}" for number in range(start, start + 250))
        assert len((await world.app.servers.settings.add_words(actor, text)).added) == 250


async def test_five_hundred_words_are_the_most(world: World) -> None:
    maya = manager(world)
    await full(world)
    assert "is one too many: a server can have at most 500 words" in await add(
        world, maya, "turnip"
    )
    assert len(await listed(world)) == 500
    shown = await words(world, maya, "list")

    assert "**500 forbidden words**" in text_of(shown.response)
    (file,) = shown.response.attachments or files_of(shown)
    assert file
    assert "“forbidden123”" in await asked(world, "a forbidden123 fruit")


def files_of(shown: Any) -> list[Any]:
    found: list[Any] = []
    waiting = list(shown.response.components)
    while waiting:
        part = waiting.pop()
        raw = part if isinstance(part, dict) else part.to_dict()
        waiting += raw.get("components", [])
        found += [raw["file"]] if raw.get("file") else []
    return found


async def test_an_undo_cannot_overfill_the_list(world: World) -> None:
    maya = manager(world)
    await full(world)
    gone = await words(world, maya, "remove", word="forbidden007")
    await add(world, maya, "turnip")
    told = await press(maya, gone, label="Undo")

    said = told.followups[-1] if told.followups else told.response
    assert "at most 500 forbidden words" in text_of(said)
    assert len(await listed(world)) == 500
    assert "**Done**" in await asked(world, "a forbidden007 fruit")


async def test_a_list_that_grew_too_long_elsewhere_does_not_lock_a_server_out(
    world: World,
) -> None:
    await full(world)
    async with world.app.database.write() as uow:
        await uow.access.put_word(world.guild.id, "zebra")
        await uow.versions.bump(world.guild.id)
        await uow.commit()
    world.app.servers.policies.forget(world.guild.id)

    assert "**Done**" in await asked(world, "a fox")


async def test_the_list_is_shown_whole_while_it_is_short(world: World) -> None:
    maya = manager(world)
    assert "No words are forbidden here" in text_of((await words(world, maya, "list")).response)
    await add(world, maya, "turnip, beet*")
    assert "beet\\*, turnip" in text_of((await words(world, maya, "list")).response)


async def test_suggestions_of_words_are_for_managers_alone(world: World) -> None:
    maya = manager(world)
    await add(world, maya, "turnip, beet")
    show_to(world, "easel", world.alice)

    found = await maya.autocomplete(world.art, "easel words remove", "word", "TUR")
    assert [one["value"] for one in found] == ["turnip"]
    assert await world.alice.autocomplete(world.art, "easel words remove", "word", "") == []


async def test_removing_what_is_not_listed_says_so(world: World) -> None:
    maya = manager(world)
    for word in ("turnip", "*", "x" * 400):
        told = await words(world, maya, "remove", word=word)
        assert "That word is not forbidden here" in text_of(told.response)


async def test_a_word_forbidden_by_another_process_is_met_at_once(world: World) -> None:
    """The memory of this process does not know it; the accepting transaction looks itself."""
    await asked(world, "a turnip")
    elsewhere = Policies(database=world.app.database, clock=world.app.clock)
    assert elsewhere.known(world.guild.id) is None
    async with world.app.database.write() as uow:
        actor = world.app.servers.changes.actor(world.guild.id, world.mora.id)
        await world.app.servers.changes.set_in(
            uow, actor, WordDecision("turnip"), True, action="word"
        )
        await uow.commit()

    assert "“turnip”" in await asked(world, "a turnip")
