"""Emoji, roles, channels and members in prompts: what the service, the caption and rules see."""

from __future__ import annotations

from typing import Any

from tests.cogs.member_actions import (
    manager,
    mention,
    newest,
    picture,
)
from tests.world import World, text_of


def prompt_sent(world: World) -> Any:
    body: Any = world.apis.requests[-1].body
    return body["prompt"]


async def test_the_service_reads_names_and_no_member(world: World) -> None:
    typed = f"<:blob_fox:123456789012345678> in <#{world.art.id}> with <@{world.bob.id}>"
    await world.alice.slash(world.art, "imagine", prompt=typed)
    await world.finished()

    assert prompt_sent(world) == "blob fox in art with someone"
    (result,) = world.results()
    assert f"> blob fox in art with <@{world.bob.id}>" in result.content
    assert result.attachments[0].description == "AI-made picture: blob fox in art with someone"
    (post,) = [r for r in world.env.http_requests if r.path.endswith("/messages")]
    sent: Any = post.json
    assert sent["allowed_mentions"] == {"parse": []}


async def test_a_reply_is_read_the_same_way(world: World) -> None:
    result = await picture(world)
    text = f"{mention(world)} give <@{world.bob.id}> a <:party_hat:123456789012345678>"
    await world.alice.send(world.art, text, reply_to=result)
    await world.finished()

    assert prompt_sent(world) == "give someone a party hat"
    assert (await newest(world)).request.prompt == f"give <@{world.bob.id}> a party hat"


async def test_word_rules_read_what_the_service_would(world: World) -> None:
    maya = manager(world)
    await maya.slash(world.art, "easel words add", word="blob")
    asked = await world.alice.slash(world.art, "imagine", prompt="a <:blob_fox:123456789012345678>")
    assert "**prompt**" in text_of(asked.response)
    assert world.apis.requests == []
