"""A bare discord.py bot in a process of its own, for the tests of the wire; knows only Discord."""

import io
import os
import re
from typing import Self

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

PNG = bytes.fromhex(  # 3 by 2 grey pixels
    "89504e470d0a1a0a0000000d4948445200000003000000020800000000b81f39c60000000b4944415478"
    "9c636080000000080001b75873950000000049454e44ae426082"
)

# The two addresses of Discord that the library knows; both before any client is made.
Route.BASE = os.environ["API_BASE"]
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["GATEWAY_URL"])

bot = commands.AutoShardedBot(
    command_prefix=commands.when_mentioned,
    intents=discord.Intents.default(),
    allowed_mentions=discord.AllowedMentions.none(),
)


class Again(ui.DynamicItem[ui.Button[ui.LayoutView]], template=r"again:(?P<job>\w+)"):
    """A button that outlives the process that made it."""

    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[ui.LayoutView], match: re.Match[str]
    ) -> Self:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"again {self.job}", ephemeral=True)


class Result(ui.LayoutView):
    """Two pictures, a text and the button."""

    def __init__(self, files: list[discord.File]) -> None:
        super().__init__(timeout=None)
        gallery = ui.MediaGallery(
            *(discord.MediaGalleryItem(file, description=file.description) for file in files)
        )
        row: ui.ActionRow[Self] = ui.ActionRow()
        row.add_item(Again("J1"))
        self.add_item(ui.Container(ui.TextDisplay("two foxes"), gallery, row))


class Ask(ui.Modal, title="Ask"):
    """A text and files."""

    prompt = ui.Label(text="Prompt", component=ui.TextInput(custom_id="prompt"))
    files = ui.Label(text="Files", component=ui.FileUpload(custom_id="files", max_values=3))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.prompt.component, ui.TextInput)
        assert isinstance(self.files.component, ui.FileUpload)
        sizes = [len(await file.read()) for file in self.files.component.values]
        await interaction.response.send_message(f"{self.prompt.component.value}: {sizes}")


def pictures() -> list[discord.File]:
    return [
        discord.File(io.BytesIO(PNG), f"{name}.png", description=f"a {name} fox")
        for name in ("red", "grey")
    ]


@bot.tree.command(description="Answer privately, later, and with a file")
@app_commands.describe(prompt="What to draw", image="What to start from", model="Which model")
async def imagine(
    interaction: discord.Interaction,
    prompt: str,
    image: discord.Attachment | None = None,
    model: str = "small",
) -> None:
    await interaction.response.defer(ephemeral=True)
    seen = (
        "nothing" if image is None else f"{image.width}x{image.height}, {len(await image.read())}"
    )
    await interaction.edit_original_response(content=f"{prompt} on {model} from {seen}")
    await interaction.followup.send("here", file=pictures()[0], ephemeral=True)


@imagine.autocomplete("model")
async def models(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    names = [name for name in ("small", "smart", "large") if name.startswith(typed)]
    return [app_commands.Choice(name=name, value=name) for name in names]


@bot.tree.command(description="Answer at once and privately")
async def echo(interaction: discord.Interaction, text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True)


@bot.tree.command(description="Post a layout with two files")
async def show(interaction: discord.Interaction) -> None:
    await interaction.response.defer()
    files = pictures()
    await interaction.edit_original_response(view=Result(files), attachments=files)


@bot.tree.command(description="Open a modal")
async def ask(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Ask(timeout=60))


@bot.tree.command(description="Post to the channel under a nonce")
async def post(interaction: discord.Interaction, text: str, kib: int = 0) -> None:
    await interaction.response.defer(ephemeral=True)
    assert isinstance(interaction.channel, discord.TextChannel)
    file = discord.File(io.BytesIO(bytes(kib * 1024)), "big.bin") if kib else discord.utils.MISSING
    try:
        message = await interaction.channel.send(text, nonce=f"post-{text}", file=file)
    except discord.HTTPException as error:
        await interaction.edit_original_response(content=f"{error.status} {error.code}")
    else:
        await interaction.edit_original_response(content=f"{message.id} {message.nonce}")


@bot.tree.command(description="Read a message again by REST")
async def fetch(interaction: discord.Interaction, message_id: str) -> None:
    assert isinstance(interaction.channel, discord.TextChannel)
    message = await interaction.channel.fetch_message(int(message_id))
    await interaction.response.send_message(f"read {message.content!r}", ephemeral=True)


@bot.tree.command(description="Look members up over the gateway")
async def find(interaction: discord.Interaction, name: str) -> None:
    assert interaction.guild is not None
    found = await interaction.guild.query_members(name)
    await interaction.response.send_message(", ".join(member.name for member in found))


@bot.tree.context_menu(name="Describe")
async def describe(interaction: discord.Interaction, message: discord.Message) -> None:
    text = f"{message.content!r} with {len(message.attachments)}"
    await interaction.response.send_message(text, ephemeral=True)


@bot.event
async def on_message(message: discord.Message) -> None:
    if message.author.bot:
        return
    if message.content or message.reference:
        await message.reply(f"read {len(message.content)} and {len(message.attachments)}")


@bot.event
async def setup_hook() -> None:
    bot.add_dynamic_items(Again)
    await bot.tree.sync()


bot.run(os.environ["TOKEN"], log_level=30)
