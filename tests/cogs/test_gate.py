"""One gate for every way in: the same rights and the same quota, however a picture is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cogs.member_actions import chosen, forbid, posted, press
from tests.world import World, labels_of, png, text_of

Way = Callable[[World], Awaitable[Callable[[], Awaitable[Any]]]]


async def imagine(world: World) -> Callable[[], Awaitable[Any]]:
    return lambda: world.bob.slash(world.art, "imagine", prompt="a hen")


async def edit(world: World) -> Callable[[], Awaitable[Any]]:
    picture = ("cat.png", png())
    return lambda: world.bob.slash(world.art, "edit", prompt="in a hat", image1=picture)


async def edit_button(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    return lambda: world.bob.click(result, label="Edit")


async def edit_form(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    form = await press(world.bob, result, label="Edit")
    return lambda: world.bob.submit_modal(form, {"prompt": "make it night"})


async def edit_choice(world: World) -> Callable[[], Awaitable[Any]]:
    card = await press(world.bob, await posted(world, count=2), label="Edit")
    return lambda: chosen(world.bob, card, "2")


async def others_choice(world: World) -> Callable[[], Awaitable[Any]]:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await world.bob.context_menu(world.art, "Edit picture", message)
    return lambda: chosen(world.bob, card, "2")


async def again(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    return lambda: world.bob.click(result, label="Again")


async def variation(world: World) -> Callable[[], Awaitable[Any]]:
    card = await press(world.bob, await posted(world), label="Details")
    return lambda: chosen(world.bob, card, "vary:1")


async def variation_choice(world: World) -> Callable[[], Awaitable[Any]]:
    card = await press(world.bob, await posted(world, count=2), label="Details")
    which = await chosen(world.bob, card, "wider-left:1")
    return lambda: chosen(world.bob, which, "2")


async def variation_price(world: World) -> Callable[[], Awaitable[Any]]:
    card = await press(world.bob, await posted(world), label="Details")
    asked = await chosen(world.bob, card, "upscale:1")
    return lambda: press(world.bob, asked, label="Make it for 2 credits")


async def retry(world: World) -> Callable[[], Awaitable[Any]]:
    world.apis.fail_next("524")
    asked = await world.bob.slash(world.art, "imagine", prompt="a hen")
    await world.finished()
    return lambda: press(world.bob, asked, label="Retry")


async def rephrase(world: World) -> Callable[[], Awaitable[Any]]:
    world.apis.fail_next("moderation")
    asked = await world.bob.slash(world.art, "imagine", prompt="a rude hen")
    await world.finished()
    form = await press(world.bob, asked, label="Rephrase")
    return lambda: world.bob.submit_modal(form, {"prompt": "a hen"})


async def fewer(world: World) -> Callable[[], Awaitable[Any]]:
    asked = await world.bob.slash(world.art, "imagine", prompt="a hen", count=15)
    (label,) = labels_of(asked.response)
    return lambda: press(world.bob, asked, label=label)


async def menu(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    return lambda: world.bob.context_menu(world.art, "Edit picture", result)


async def others_menu(world: World) -> Callable[[], Awaitable[Any]]:
    message = await world.alice.send(world.art, "my cat", attachments=[("cat.png", png())])
    return lambda: world.bob.context_menu(world.art, "Edit picture", message)


async def others_form(world: World) -> Callable[[], Awaitable[Any]]:
    message = await world.alice.send(world.art, "my cat", attachments=[("cat.png", png())])
    form = await world.bob.context_menu(world.art, "Edit picture", message)
    return lambda: world.bob.submit_modal(form, {"prompt": "in a hat"})


async def fix(world: World) -> Callable[[], Awaitable[Any]]:
    asked = await world.bob.slash(world.art, "imagine", prompt="a hen", size="10x10")
    form = await press(world.bob, asked, label="Fix it")
    return lambda: world.bob.submit_modal(form, {"prompt": "a hen"})


async def blend(world: World) -> Callable[[], Awaitable[Any]]:
    form = await world.bob.slash(world.art, "blend")
    filled = {"prompt": "as a collage", "pictures": [("cat.png", png())]}
    return lambda: world.bob.submit_modal(form, filled)


async def told(world: World, asking: Awaitable[Any]) -> Any:
    """Ask by a message, then press Why? below the public line."""
    await asking
    return await world.bob.click(world.art.history()[-1], label="Why?")


async def use_style(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    link = f"https://discord.com/channels/{world.guild.id}/{world.art.id}/{result.id}"
    await world.bob.slash(world.art, "style save", name="Ink", words="in ink", of=link)
    shown = await world.bob.slash(world.art, "style show", style="Ink")
    form = await press(world.bob, shown, label="Use style")
    return lambda: world.bob.submit_modal(form, {"prompt": "a hen"})


async def compare(world: World) -> Callable[[], Awaitable[Any]]:
    models = {"model-a": "Seedream 4.5", "model-b": "Seedream 5.0"}
    return lambda: world.bob.slash(world.art, "compare", prompt="a hen", **models)


async def compare_price(world: World) -> Callable[[], Awaitable[Any]]:
    asked = await (await compare(world))()
    return lambda: press(world.bob, asked, label="Compare for 2 credits")


async def reply(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    return lambda: told(world, world.bob.send(world.art, "1: make it night", reply_to=result))


async def mention(world: World) -> Callable[[], Awaitable[Any]]:
    assert world.env.bot.user
    text = f"<@{world.env.bot.user.id}> a hen"
    return lambda: told(world, world.bob.send(world.art, text))


async def pencil(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world)
    said = await world.bob.send(world.art, "make it night", reply_to=result)
    return lambda: told(world, world.bob.react(said, "✏️"))


async def pick(world: World) -> Callable[[], Awaitable[Any]]:
    result = await posted(world, count=2)
    assert world.env.bot.user
    text = f"<@{world.env.bot.user.id}> make it night"
    await world.bob.send(world.art, text, reply_to=result)
    question = world.art.history()[-1]

    async def choose() -> Any:
        chosen = await world.bob.select(question, ["1"])
        (shown,) = chosen.followups
        return SimpleNamespace(response=shown, ephemeral=shown.ephemeral)

    return choose


# Who may not send messages cannot ask by one, and where the bot may not, it cannot say so.
BY_MESSAGE = [reply, mention, pencil]
WAYS = [
    blend,
    pick,
    imagine,
    edit,
    edit_button,
    edit_form,
    edit_choice,
    others_choice,
    again,
    variation,
    variation_choice,
    variation_price,
    retry,
    rephrase,
    fewer,
    menu,
    others_menu,
    others_form,
    fix,
    use_style,
    compare,
    compare_price,
]


@pytest.mark.parametrize("way", [*WAYS, *BY_MESSAGE])
@pytest.mark.parametrize("settings", [{"quota": {"default": "2/day"}}])
async def test_every_way_in_meets_the_quota(world: World, way: Way) -> None:
    ask = await way(world)
    await world.bob.slash(world.art, "imagine", prompt="the last ones", count=2)
    await world.finished()
    before = len(world.apis.requests)
    asked = await ask()

    assert asked.ephemeral
    assert "your quota for today is used up" in text_of(asked.response)
    await world.finished()
    assert len(world.apis.requests) == before


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_in_meets_the_members_rights(world: World, way: Way) -> None:
    ask = await way(world)
    await forbid(world, "send_messages")
    asked = await ask()

    assert asked.ephemeral
    assert "You cannot send messages in this channel" in text_of(asked.response)
    assert await world.left(world.bob) == 10


@pytest.mark.parametrize("way", [*WAYS, *BY_MESSAGE])
async def test_every_way_in_is_closed_while_the_bot_stops(world: World, way: Way) -> None:
    ask = await way(world)
    world.app.servers.access.close()
    asked = await ask()

    assert asked.ephemeral
    assert "about to restart" in text_of(asked.response)
