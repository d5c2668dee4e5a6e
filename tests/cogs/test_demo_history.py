"""What a newcomer finds in the demo: a gallery, a style, a comparison whose vote has ended."""

from __future__ import annotations

from bot.demo import Past
from bot.sandbox.world import Place
from tests.cogs.test_privacy import rows
from tests.world import World, text_of


async def test_the_demo_has_a_gallery_a_style_and_a_comparison(world: World) -> None:
    zoe, lena = (world.guild.add_member(world.env.create_user(name)) for name in ("zoe", "lena"))
    gallery = world.guild.create_text_channel("gallery")
    place = Place(
        guild_id=world.guild.id,
        channel=world.art,
        log=world.art,
        gallery=gallery,
        studio=world.guild.create_text_channel("studio"),
        members=(world.alice, world.bob),
        chinese=zoe,
        moderator=world.mora,
        manager=world.mora,
        log_reader=world.mora,
        visitor=lena,
    )
    await world.env.settle()
    await world.decide("gallery_channel", gallery.id)
    await Past(world.app, place).happen()
    await world.finished()
    for _ in range(3):
        await world.app.gallery.gallery.round()
        await world.app.comparisons.comparisons.round()
    await world.env.settle()

    shown = [post.content for post in gallery.history() if post.attachments]
    liked = [text for text in shown if text.startswith("> A lighthouse in the fog")]
    compared = [text for text in shown if "**B · " in text and "won with 2 votes." in text]
    assert (len(shown), len(liked), len(compared)) == (3, 1, 1)
    listed = await world.alice.slash(world.art, "style list")
    assert "Ink" in text_of(listed.response)
    # Nobody who looks for the first time has paid for it.
    assert await world.left(world.alice) == await world.left(world.bob) == 10
    assert world.results() == []
    assert [row["state"] for row in await rows(world, "comparisons")] == ["closed"]
