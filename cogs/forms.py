"""Submits of modal forms, found by their custom ids: also of forms that another process opened."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import discord
from discord.ext import commands

from bot.ui.cards import cards
from bot.ui.messages import forms as words
from cogs import responses
from cogs.context import Interaction
from cogs.form_fields import Fields

FormHandler: TypeAlias = Callable[[Interaction, re.Match[str], Fields], Awaitable[None]]


class FormsCog(commands.Cog):
    """Answers every form of this bot."""

    def __init__(self, handlers: Mapping[re.Pattern[str], FormHandler]) -> None:
        self._handlers = handlers

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: Mapping[str, Any] = interaction.data or {}  # pyright: ignore[reportAssignmentType]
        custom_id = str(data.get("custom_id", ""))
        async with responses.errors_answered(interaction):
            for pattern, handler in self._handlers.items():
                if match := pattern.fullmatch(custom_id):
                    await handler(interaction, match, Fields(data))
                    return
            await responses.answer(interaction, cards.notice(words.FORM_UNKNOWN))
