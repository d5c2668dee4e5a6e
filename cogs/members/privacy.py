"""`/privacy`: what is stored about the member who asks, and what they may decide about it.

And their answers where somebody wants to change their picture.

Nobody is refused here: who is blocked, or in a server that may not use the bot, may see and
delete their data like anybody else. Each press is about the member who presses.
"""

from __future__ import annotations

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.message_limits import UPLOAD_BYTES
from bot.ui import buttons, language
from bot.ui.cards import cards
from bot.ui.cards import privacy as panel
from bot.ui.messages import privacy as words
from bot.ui.messages.requests import consents as consent_words
from bot.ui.text import shown_prompt
from cogs import responses
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import PersistentButton


class ExportButton(PersistentButton, template=buttons.EXPORT):
    """Export: everything as a file, for the member alone."""

    async def pressed(self, interaction: Interaction) -> None:
        privacy = interaction.client.services.people.privacy
        await responses.defer(interaction, fresh=True)
        found = await privacy.export(interaction.user.id, limit_bytes=UPLOAD_BYTES)
        file = discord.File(io.BytesIO(found.data), filename=found.name)
        await responses.answer(interaction, panel.exported(file, whole=found.whole), [file])


class OthersButton(PersistentButton, template=buttons.OTHERS):
    """Others may, or may not, edit the member's pictures."""

    async def pressed(self, interaction: Interaction) -> None:
        privacy = interaction.client.services.people.privacy
        allowed = self.values["choice"] == "open"
        deciding = privacy.let_others_edit(interaction.user.id, allowed=allowed)
        await responses.await_or_defer(interaction, deciding)
        done = words.NOW_OPEN if allowed else words.NOW_CLOSED
        await responses.replace(interaction, await _card(interaction, str(done)))


class GalleriesButton(PersistentButton, template=buttons.GALLERIES):
    """Galleries may, or may not, show the member's results."""

    async def pressed(self, interaction: Interaction) -> None:
        services = interaction.client.services
        allowed = self.values["choice"] == "open"
        deciding = services.people.privacy.let_galleries_show(interaction.user.id, allowed=allowed)
        await responses.await_or_defer(interaction, deciding)
        services.gallery.gallery.wake()
        done = words.NOW_IN_GALLERIES if allowed else words.NOT_IN_GALLERIES
        await responses.replace(interaction, await _card(interaction, str(done)))


class ForgetButton(PersistentButton, template=buttons.FORGET):
    """Delete: asks once more."""

    async def pressed(self, interaction: Interaction) -> None:
        await responses.replace(interaction, panel.sure())


class ForgetSureButton(PersistentButton, template=buttons.FORGET_SURE):
    """The deletion itself."""

    async def pressed(self, interaction: Interaction) -> None:
        privacy = interaction.client.services.people.privacy
        everything = self.values["what"] == "all"
        deleting = privacy.forget(interaction.user.id, messages=everything)
        done = await responses.await_or_defer(interaction, deleting)
        texts = words.deleted(
            cancelled=done.cancelled, under_way=done.under_way, messages=done.messages
        )
        await responses.replace(interaction, panel.deleted(texts))


class ConsentButton(PersistentButton, template=buttons.CONSENT):
    """Allow, Refuse, Show the prompt: for the owner of a picture that somebody wants to change."""

    async def pressed(self, interaction: Interaction) -> None:
        consents = interaction.client.services.people.consents
        consent = await consents.get(self.values["consent"])
        if consent is None or consent.guild_id != interaction.guild_id:
            await responses.answer(interaction, cards.notice(consent_words.OVER))
            return
        if consent.owner_id != interaction.user.id:
            await responses.answer(interaction, cards.notice(consent_words.NOT_YOURS))
            return
        if self.values["what"] == "prompt":
            prompt = await consents.prompt_of(consent)
            text = shown_prompt(prompt) if prompt else str(consent_words.NO_PROMPT)
            await responses.answer(interaction, cards.page([text], cards.WAITING))
            return
        allow = self.values["what"] == "allow"
        answering = consents.answer(consent, interaction.user.id, allow=allow)
        if not await responses.await_or_defer(interaction, answering):
            await responses.answer(interaction, cards.notice(consent_words.OVER))
            return
        with language.speaking(await responses.public_locale(interaction)):
            text = consent_words.answered(consent, allowed=allow)
        colour = cards.GOOD if allow else cards.BAD
        await responses.replace(interaction, cards.page([text], colour))


class PrivacyCog(commands.Cog):
    """Shows the card; its buttons do the rest."""

    def __init__(self, _: EaselBot) -> None:
        super().__init__()

    @app_commands.command(description=words.COMMAND)
    async def privacy(self, interaction: Interaction) -> None:
        asked = _card(interaction)
        await responses.answer(interaction, await responses.await_or_defer(interaction, asked))


async def _card(interaction: Interaction, done: str | None = None) -> cards.Card:
    services = interaction.client.services
    privacy = services.people.privacy
    return panel.card(
        file_hours=privacy.keep_seconds // 3600,
        services=services.requests.router.catalog.services(),
        others_may_edit=await privacy.others_may_edit(interaction.user.id),
        in_galleries=await privacy.in_galleries(interaction.user.id),
        done=done,
    )
