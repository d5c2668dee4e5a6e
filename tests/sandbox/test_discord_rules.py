"""Each difference between SimCord and Discord that `shape` mends, seen by a bot in process."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import pytest
import simcord
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image

from bot.sandbox.discord_cdn import CdnServer
from bot.sandbox.discord_rules import DiscordRules, shape

LIMIT = 10 * 2**20


class Bot(commands.Bot):
    """A bot that keeps the last interaction and message it was given."""

    def __init__(self) -> None:
        super().__init__(command_prefix="!", intents=discord.Intents.default())
        self.interaction: discord.Interaction | None = None
        self.message: discord.Message | None = None

        @self.tree.command(description="Keep the interaction")
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        async def keep(
            interaction: discord.Interaction, image: discord.Attachment | None = None
        ) -> None:
            self.interaction = interaction
            await interaction.response.send_message("kept", ephemeral=True)

        @self.tree.context_menu(name="Look")
        async def look(interaction: discord.Interaction, message: discord.Message) -> None:
            self.message = message
            await interaction.response.send_message("seen", ephemeral=True)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message, /) -> None:
        if message.author.id != getattr(self.user, "id", None):
            self.message = message


@dataclass(slots=True, kw_only=True)
class Scene:
    env: simcord.Env
    bot: Bot
    rules: DiscordRules
    art: simcord.ChannelHandle
    alice: simcord.MemberActor

    @property
    def channel(self) -> discord.TextChannel:
        channel = self.bot.get_channel(self.art.id)
        assert isinstance(channel, discord.TextChannel)
        return channel


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    bot = Bot()
    async with simcord.run(bot) as env:
        rules = shape(env)
        guild = env.create_guild()
        art = guild.create_text_channel("art")
        alice = guild.add_member(env.create_user("alice"))
        yield Scene(env=env, bot=bot, rules=rules, art=art, alice=alice)


def png(width: int = 3, height: int = 2) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, "PNG")
    return file.getvalue()


def upload(data: bytes, name: str = "a.png", **options: Any) -> discord.File:
    return discord.File(io.BytesIO(data), name, **options)


def layout(text: str, *files: discord.File) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    if files:
        view.add_item(ui.MediaGallery(*(discord.MediaGalleryItem(file) for file in files)))
    return view


def test_simcord_is_the_version_whose_insides_are_known() -> None:
    assert simcord.__version__ == "3.2.1", (
        "look again at the internals named in bot/sandbox/discord_rules.py, discord_cdn.py and "
        "wire/, then change the pin here"
    )


async def test_shaping_twice_gives_the_same_rules_and_a_restart_keeps_them() -> None:
    async with scene() as s:
        assert shape(s.env) is s.rules
        await s.env.restart_bot(Bot())
        await s.alice.slash(s.art, "keep")
        assert isinstance(s.env.bot, Bot)
        assert s.env.bot.interaction is not None
        assert s.env.bot.interaction.filesize_limit == LIMIT


async def test_an_environment_beside_is_left_alone() -> None:
    async with scene():
        pass
    bot = Bot()
    async with simcord.run(bot) as env:
        art = env.create_guild().create_text_channel("art")
        channel = bot.get_channel(art.id)
        assert isinstance(channel, discord.TextChannel)
        message = await channel.send(file=upload(bytes(LIMIT + 1)), nonce="n")
        assert message.attachments[0].width is None
        assert message.nonce is None


async def test_pictures_have_a_size_and_other_files_have_none() -> None:
    async with scene() as s:
        files = [("a.png", png(40, 30)), ("b.txt", b"text")]
        message = await s.alice.send(s.art, f"<@{s.bot.user.id}>", attachments=files)  # pyright: ignore[reportOptionalMemberAccess]
        sizes = [(item.width, item.height) for item in message.attachments]
        assert sizes == [(40, 30), (None, None)]


async def test_a_file_over_the_limit_is_refused_and_one_of_exactly_the_limit_is_not() -> None:
    async with scene() as s:
        await s.channel.send(file=upload(bytes(LIMIT)))
        with pytest.raises(discord.HTTPException) as refused:
            await s.channel.send(file=upload(bytes(LIMIT + 1)))
        assert (refused.value.status, refused.value.code) == (413, 40005)
        with pytest.raises(simcord.BackendError, match="40005"):
            await s.alice.send(s.art, attachments=[("a.png", bytes(LIMIT + 1))])


async def test_a_request_over_25_mib_is_refused() -> None:
    async with scene() as s:
        with pytest.raises(discord.HTTPException) as refused:
            await s.channel.send(files=[upload(bytes(9 * 2**20)) for _ in range(3)])
        assert refused.value.status == 413


async def test_an_interaction_tells_limit_installation_context_and_language() -> None:
    async with scene() as s:
        s.rules.locales[s.alice.id] = "de"
        await s.alice.slash(s.art, "keep", image=("a.png", png()))
        kept = s.bot.interaction
        assert kept is not None
        assert kept.filesize_limit == LIMIT
        assert kept.is_guild_integration()
        assert not kept.is_user_integration()
        assert kept.context.guild
        assert kept.locale is discord.Locale.german
        assert kept.namespace.image.ephemeral
        assert kept.namespace.image.width == 3


async def test_a_user_install_reaches_private_channels_and_only_by_its_token() -> None:
    async with scene() as s:
        dm = s.env.backend.get_dm_channel(s.alice.id)
        s.rules.user_installed.add(dm.id)
        await s.alice.user.slash("keep")
        kept = s.bot.interaction
        assert kept is not None
        assert kept.is_user_integration()
        assert not kept.is_guild_integration()
        assert kept.context.private_channel
        for number in range(5):
            await kept.followup.send(f"{number}")
        with pytest.raises(discord.HTTPException) as refused:
            await kept.followup.send("sixth")
        assert refused.value.code == 40094
        with pytest.raises(discord.Forbidden):
            await s.bot.get_partial_messageable(dm.id).send("from outside")


async def test_files_in_a_gallery_are_no_attachments_of_the_message() -> None:
    async with scene() as s:
        files = [upload(png(5, 4), "a.png"), upload(b"x", "b.bin")]
        sent = await s.channel.send(view=layout("look", files[0]), files=files)
        (seen,) = s.art.history()
        fetched = await s.channel.fetch_message(sent.id)
        for message in (sent, seen, fetched):
            assert [item.filename for item in message.attachments] == ["b.bin"]
            gallery = message.components[1]
            assert isinstance(gallery, discord.MediaGalleryComponent)
            media = gallery.items[0].media
            assert (media.width, media.height) == (5, 4)
            assert s.env.backend.cdn.get(media.url) == png(5, 4)


async def test_a_file_in_an_embed_is_no_attachment_and_has_an_address() -> None:
    async with scene() as s:
        embed = discord.Embed(title="look").set_image(url="attachment://a.png")
        sent = await s.channel.send(embed=embed, file=upload(png()))
        assert sent.attachments == []
        assert s.env.backend.cdn.get(sent.embeds[0].image.url or "") == png()


async def test_without_the_intent_rest_gives_others_messages_without_content() -> None:
    async with scene() as s:
        plain = await s.alice.send(s.art, "secret", attachments=[("a.png", png())])
        named = await s.alice.send(s.art, f"<@{s.env.backend.bot_user.id}> public")
        own = await s.channel.send("own")
        fetched = await s.channel.fetch_message(plain.id)
        assert (fetched.content, fetched.attachments) == ("", [])
        read = {message.id: message.content async for message in s.channel.history()}
        assert read == {plain.id: "", named.id: named.content, own.id: "own"}
        s.rules.reads_content = lambda: True
        assert (await s.channel.fetch_message(plain.id)).content == "secret"


async def test_the_target_of_a_menu_is_whole_without_the_intent() -> None:
    async with scene() as s:
        message = await s.alice.send(s.art, "secret", attachments=[("a.png", png())])
        await s.alice.context_menu(s.art, "Look", message)
        assert s.bot.message is not None
        assert s.bot.message.content == "secret"
        assert len(s.bot.message.attachments) == 1


async def test_a_nonce_sent_again_within_minutes_returns_the_first_message() -> None:
    async with scene() as s:
        other = s.env.guild.create_text_channel("other")
        first = await s.channel.send("one", nonce="job-1")
        again = await s.channel.send("two", nonce="job-1")
        assert (again.id, again.content, again.nonce) == (first.id, "one", "job-1")
        elsewhere = await s.bot.get_partial_messageable(other.id).send("x", nonce="job-1")
        assert elsewhere.content == "x"
        await s.env.advance_time(301)
        later = await s.channel.send("three", nonce="job-1")
        assert later.id != first.id


async def test_a_deleted_message_does_not_answer_for_its_nonce() -> None:
    async with scene() as s:
        first = await s.channel.send("one", nonce="job-1")
        await first.delete()
        assert (await s.channel.send("one", nonce="job-1")).id != first.id


async def test_eleven_files_are_refused() -> None:
    async with scene() as s:
        await s.channel.send(files=[upload(b"x", f"{n}.bin") for n in range(10)])
        with pytest.raises(discord.HTTPException, match="30015"):
            await s.channel.send(files=[upload(b"x", f"{n}.bin") for n in range(11)])


async def test_alt_text_of_1025_characters_is_refused() -> None:
    async with scene() as s:
        await s.channel.send(file=upload(png(), description="x" * 1024))
        with pytest.raises(discord.HTTPException, match="50035"):
            await s.channel.send(file=upload(png(), description="x" * 1025))
        file = upload(png())
        view = ui.LayoutView().add_item(
            ui.MediaGallery(discord.MediaGalleryItem(file, description="x" * 1024))
        )
        view.children[0].items[0].description = "x" * 1025  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(discord.HTTPException, match="50035"):
            await s.channel.send(view=view, file=file)


async def test_too_many_bytes_of_layout_text_are_a_server_error() -> None:
    async with scene() as s:
        await s.channel.send(view=layout("狐" * 3386))  # 10,158 bytes and 12 for the text
        with pytest.raises(discord.DiscordServerError) as refused:
            await s.channel.send(view=layout("狐" * 3387))
        assert refused.value.status == 500


async def test_an_injected_500_is_the_librarys_server_error() -> None:
    async with scene() as s:
        s.env.inject_error("POST", "/channels/*/messages", status=502)
        with pytest.raises(discord.DiscordServerError):
            await s.channel.send("x")
        s.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
        with pytest.raises(discord.Forbidden):
            await s.channel.send("x")


@pytest.mark.parametrize(
    "command",
    [
        {"name": "a", "description": "x" * 101},
        {"name": "a", "description": ""},
        {"name": "a", "description": "x", "options": [{"name": "b", "type": 3}]},
        {
            "name": "a",
            "description": "x",
            "options": [
                {
                    "name": "b",
                    "type": 3,
                    "description": "x",
                    "choices": [{"name": "x" * 101, "value": "x"}],
                }
            ],
        },
        {
            "name": "a",
            "description": "x",
            "options": [
                {
                    "name": f"o{n}",
                    "type": 3,
                    "description": "x" * 90,
                    "choices": [{"name": "n" * 90, "value": f"{m}" * 90} for m in range(4)],
                }
                for n in range(10)
            ],
        },
    ],
    ids=["long", "missing", "option", "choice", "whole"],
)
async def test_a_command_with_too_long_or_missing_texts_is_not_synced(command: Any) -> None:
    async with scene() as s:
        assert s.bot.application_id is not None
        with pytest.raises(discord.HTTPException, match="50035"):
            await s.bot.http.bulk_upsert_global_commands(s.bot.application_id, [command])


async def test_ephemeral_and_deleted_messages_cannot_be_replied_to() -> None:
    async with scene() as s:
        kept = await s.alice.slash(s.art, "keep")
        assert kept.response is not None
        with pytest.raises(simcord.BackendError, match="50035"):
            await s.alice.send(s.art, "and?", reply_to=kept.response)
        gone = await s.channel.send("gone")
        await gone.delete()
        with pytest.raises(discord.HTTPException, match="50035"):
            await s.channel.send("x", reference=gone)
        posted = await s.channel.send("x", reference=gone.to_reference(fail_if_not_exists=False))
        assert posted.reference is None


async def test_files_can_be_downloaded_from_the_cdn_server() -> None:
    async with scene() as s, CdnServer(s.env) as cdn, aiohttp.ClientSession() as http:
        sent = await s.channel.send(file=upload(png(), "my fox.png"))
        (file,) = sent.attachments
        assert file.url.startswith(f"{cdn.base}/attachments/{s.art.id}/")
        async with http.get(f"{file.url}?ex=1") as answer:
            assert answer.content_type == "image/png"
            assert await answer.read() == png()
        async with http.get(f"{cdn.base}/attachments/1/2/none.png") as answer:
            assert answer.status == 404
