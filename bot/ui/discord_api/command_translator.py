"""Commands in each member's language: what Discord shows of them before anything is typed.

The names of slash commands stay: documents, moderators and the bot's own sentences name them.
"""

from __future__ import annotations

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.ui.language import CATALOGS, _, speaking
from bot.ui.messages.commands import option_name


class CatalogTranslator(app_commands.Translator):
    """Translates descriptions, options, choices and menus by the catalogs of `bot.ui.language`."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the text in a language, None where Discord is to show the English one."""
        if str(locale) not in CATALOGS or _keeps_its_name(context):
            return None
        with speaking(str(locale)):
            if context.location is Location.parameter_name:
                said = option_name(string.message)
            else:
                said = _(string.message)
        return None if said == string.message else said


def _keeps_its_name(context: app_commands.TranslationContextTypes) -> bool:
    if context.location is Location.group_name:
        return True
    typed = isinstance(context.data, app_commands.Command)
    return context.location is Location.command_name and typed
