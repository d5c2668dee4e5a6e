"""The menu Picture details on anybody's picture: marks, our own found again, limits, privacy."""

from __future__ import annotations

import io
import re
from typing import Any

import discord
import pytest
from discord import ui
from PIL import Image

from bot.domain.provenance import Credentials
from bot.services.gallery.picture_details import LOOKS, SECONDS
from tests.cogs.member_actions import chosen, posted, restart
from tests.cogs.test_edit_card import options_of
from tests.cogs.test_history import parts_of
from tests.pictures import signed
from tests.pictures.samples import animation, encoded
from tests.world import World, labels_of, png, text_of

CHINESE = "zh-CN"


async def details(world: World, member: Any, message: discord.Message) -> Any:
    return await member.context_menu(world.art, "Picture details", message)


async def shown(world: World, data: bytes, name: str = "cat.png", member: Any = None) -> str:
    """Return what bob reads of a picture that alice sent."""
    message = await world.alice.send(world.art, "look", attachments=[(name, data)])
    asked = await details(world, member or world.bob, message)
    assert asked.ephemeral
    return text_of(asked.response)


async def file_of(world: World, message: discord.Message) -> bytes:
    data = world.rules.cdn.get(message.attachments[0].url)
    assert data is not None
    return data


def saved_again(data: bytes, kind: str) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, kind)
    return out.getvalue()


# --- marks ----------------------------------------------------------------------------------


async def test_a_picture_without_marks_says_nothing_of_where_it_comes_from(world: World) -> None:
    told = await shown(world, png())

    assert "PNG · 640×480 · " in told
    assert "**Content credentials:** none." in told
    assert "the picture does not say" in told
    assert "I do not know this picture" in told


async def test_valid_credentials_name_who_signed_and_how_it_was_made(world: World) -> None:
    told = await shown(world, signed.signed(png(), "image/png"))

    assert "**Content credentials: valid.**" in told
    assert f"Signed by {signed.ORGANISATION}. The issuer is not known" in told
    assert signed.PRODUCT in told
    assert "**Made with AI:** yes, the picture says so." in told


async def test_a_photograph_with_valid_credentials_is_not_made_with_ai(world: World) -> None:
    data = signed.signed(png(), "image/png", kind="digitalCapture")
    assert "**Made with AI:** no, its credentials say so." in await shown(world, data)


async def test_credentials_of_a_changed_picture_are_broken(world: World) -> None:
    told = await shown(world, signed.broken(signed.signed(png(), "image/png")))

    assert "**Content credentials: broken.**" in told
    assert "anybody can write that" in told
    assert "valid" not in told


async def test_without_the_library_credentials_are_found_and_not_checked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signed.signed(png(), "image/png")
    marks = world.app.adapters.pictures.marks

    async def unchecked(source: Any) -> Any:
        # The workers are other processes: what they answer without the library is a test of theirs.
        return type(await marks(source))(credentials=Credentials.UNCHECKED)

    monkeypatch.setattr(world.app.adapters.pictures, "marks", unchecked)
    told = await shown(world, data)
    assert "**Content credentials: not checked.**" in told
    assert "valid" not in told


async def test_marks_that_anybody_can_write_are_called_that(world: World) -> None:
    packet = signed.xmp(
        field=dict(
            signed.FIELD, ContentProducer="@everyone **Evil** [x](https://evil.example) " * 50
        )
    )
    told = await shown(world, signed.with_text(png(), b"XML:com.adobe.xmp", packet))

    assert "the picture says so, but anybody can write that" in told
    assert "China's label for AI pictures names" in told
    assert "@everyone" not in told
    assert "**Evil**" not in told
    assert len(told) < 1000


async def test_an_animation_is_called_one(world: World) -> None:
    assert "GIF · 96×64 · " in (told := await shown(world, animation("GIF"), "dance.gif"))
    assert "animated" in told


async def test_everything_is_told_in_the_members_language(world: World) -> None:
    world.rules.locales[world.bob.id] = CHINESE
    told = await shown(world, png())
    assert "内容凭证" in told
    assert re.search("[A-Za-z]{5}", told.replace("PNG", "")) is None


# --- our own --------------------------------------------------------------------------------


async def test_our_own_picture_is_found_by_its_file(world: World) -> None:
    result = await posted(world)
    told = await shown(world, await file_of(world, result))

    assert "**This is a picture of mine.**" in told
    assert "> a fox" in told
    assert f"<@{world.alice.id}>" in told


async def test_our_own_picture_without_its_metadata_is_found_by_its_pixels(world: World) -> None:
    result = await posted(world)
    data = await file_of(world, result)
    assert data.startswith(b"\xff\xd8")
    other = data[:2] + b"\xff\xfe\x00\x08a note" + data[2:]
    assert "**This is a picture of mine.**" in await shown(world, other)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
async def test_a_reencoded_copy_is_said_to_be_unknown(world: World, kind: str) -> None:
    result = await posted(world)
    told = await shown(world, saved_again(await file_of(world, result), kind), f"copy.{kind}")

    assert "picture of mine.**" not in told
    assert "I do not know this picture from this server." in told
    assert "fox" not in told


async def test_a_private_picture_is_known_to_its_member_alone(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a secret fox", private=True)
    await world.finished()
    job = (await world.jobs(world.alice))[0]
    (picture,) = await world.app.requests.results.of_job(job.job_id)
    path = await world.app.requests.results.posted_file(picture)
    assert path is not None
    data = path.read_bytes()

    assert "secret" in await shown(world, data, member=world.alice)
    for member in (world.bob, world.mora):
        told = await shown(world, data, member=member)
        assert "secret" not in told
        assert "I do not know this picture" in told


async def test_another_servers_picture_is_unknown_here(world: World) -> None:
    result = await posted(world)
    data = await file_of(world, result)
    elsewhere = world.env.create_guild("Elsewhere")
    place = elsewhere.create_text_channel("general")
    eve = elsewhere.add_member(world.env.create_user("eve"))
    message = await eve.send(place, "look", attachments=[("fox.png", data)])
    told = text_of((await eve.context_menu(place, "Picture details", message)).response)

    assert "fox" not in told.replace("fox.png", "")
    assert "I do not know this picture from this server." in told


async def test_hidden_prompts_stay_hidden_of_a_picture_that_is_found(world: World) -> None:
    await world.decide("prompts_shown", False)
    result = await posted(world)
    told = await shown(world, await file_of(world, result))

    assert "**This is a picture of mine.**" in told
    assert "a fox" not in told


# --- several, none, hostile -----------------------------------------------------------------


async def test_of_several_pictures_one_is_chosen_also_after_a_restart(world: World) -> None:
    files = [("cat.png", png()), ("SPOILER_dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await details(world, world.bob, message)
    assert "Which picture do you want to know about?" in text_of(card.response)
    await restart(world)
    told = await chosen(world.bob, card, "2")

    assert told.ephemeral
    assert "PNG · 800×600 · " in text_of(told.response)
    again = await chosen(world.bob, card, "1")
    assert "PNG · 640×480 · " in text_of(again.response)


async def test_all_of_them_is_no_choice_here(world: World) -> None:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await details(world, world.bob, message)
    assert options_of(card) == ["Picture 1", "Picture 2"]


async def test_a_message_without_pictures_says_so(world: World) -> None:
    message = await world.alice.send(world.art, "hello there")
    asked = await details(world, world.bob, message)
    assert "no picture in this message" in text_of(asked.response)


async def test_a_result_still_shows_its_details(world: World) -> None:
    result = await posted(world)
    asked = await details(world, world.bob, result)
    assert "> a fox" in text_of(asked.response)
    assert "Use as reference" in labels_of(asked.response)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not a picture at all", "is not a picture"),
        (png()[:200], "is damaged or incomplete"),
        (b"\x89PNG\r\n\x1a\n" + bytes(5000), "is damaged or incomplete"),
        (b"", "is not a picture"),
    ],
    ids=["words", "cut", "zeros", "empty"],
)
async def test_what_is_no_picture_is_refused_in_plain_words(
    world: World, data: bytes, said: str
) -> None:
    told = await shown(world, data)
    assert f"Picture 1 (“cat.png”) {said}" in told
    assert "credentials" not in told


async def test_a_picture_with_too_many_pixels_is_refused(world: World) -> None:
    huge = encoded(Image.new("1", (12_000, 12_000)), "PNG")
    assert "too many pixels" in await shown(world, huge)


async def test_a_picture_whose_message_is_gone_is_refused(world: World) -> None:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await details(world, world.bob, message)
    for file in message.attachments:
        world.rules.cdn._blobs.pop(file.url)
    told = await chosen(world.bob, card, "1")
    assert "could not be downloaded" in text_of(told.response)


async def test_nobody_has_more_pictures_read_than_a_few_a_minute(world: World) -> None:
    message = await world.alice.send(world.art, "look", attachments=[("cat.png", png())])
    for _ in range(LOOKS):
        told = text_of((await details(world, world.bob, message)).response)
        assert "Content credentials" in told
    refused = await details(world, world.bob, message)
    assert "You can look at the next picture" in text_of(refused.response)
    assert "Content credentials" in text_of((await details(world, world.alice, message)).response)
    await world.env.advance_time(SECONDS)
    assert "Content credentials" in text_of((await details(world, world.bob, message)).response)


async def test_a_choice_of_somebody_else_is_not_mine(world: World) -> None:
    files = [("cat.png", png()), ("dog.png", png(800, 600, "brown"))]
    message = await world.alice.send(world.art, "my pets", attachments=files)
    card = await details(world, world.bob, message)
    custom_id = next(iter(parts_of(card.response, 3)))["custom_id"]
    channel = world.env.bot.get_channel(world.art.id)
    assert isinstance(channel, discord.TextChannel)
    view = ui.LayoutView(timeout=None)
    options = [discord.SelectOption(label="Picture 1", value="1")]
    view.add_item(ui.ActionRow(ui.Select(custom_id=custom_id, options=options)))
    view.stop()
    told = await world.alice.select(await channel.send(view=view), ["1"])
    assert "kept for a day" in text_of(told.response)
