"""The cards of /style: the list, and one style with what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord
from discord import ui

from bot.domain.message_limits import CHOICES
from bot.domain.styles.able import Able
from bot.domain.styles.style import MOST_STYLES, Style
from bot.ui import buttons
from bot.ui.cards.cards import GOOD, WAITING, Card, page, with_buttons
from bot.ui.discord_api import discord_limits
from bot.ui.language import Text
from bot.ui.messages.requests import styles as words
from bot.ui.messages.words import clip


def listed(found: Sequence[Style], prices: Mapping[str, str]) -> Card:
    """Return the styles that somebody can use, with a list to open one; `prices` by their ids."""
    if not found:
        return page([words.TITLE, words.NO_STYLES], WAITING)
    lines = [words.line(style, prices[style.style_id]) for style in found]
    shown = clip("\n".join(lines), discord_limits.LIST_CHARACTERS)
    own = sum(1 for style in found if not style.guild_id)
    texts: list[Text] = [words.TITLE, shown, words.note(words.HOW_TO)]
    texts.append(words.note(words.left(own, MOST_STYLES)))
    parts: list[ui.Item[Card]] = [ui.TextDisplay(str(text)) for text in texts]
    # A member's own and a server's are more than one list holds.
    for first in range(0, len(found), CHOICES):
        options = [
            discord.SelectOption(
                label=clip(style.name, discord_limits.CHOICE_CHARACTERS), value=style.style_id
            )
            for style in found[first : first + CHOICES]
        ]
        select = ui.Select[Card](
            custom_id=buttons.style_list(first), options=options, placeholder=str(words.CHOOSE)
        )
        parts.append(ui.ActionRow(select))
    return Card(*parts, colour=WAITING)


def shown(
    style: Style,
    model: str | None,
    found: Sequence[Able],
    *,
    mine: bool,
    manager: bool,
    done: Sequence[str] = (),
) -> Card:
    """Return one style; `done` is what was just done with it."""
    texts = [*done, *words.about(style, model, done=bool(done)), *words.models(found)]
    row: list[ui.Item[Card]] = [
        ui.Button(
            label=str(words.USE_BUTTON),
            style=discord.ButtonStyle.primary,
            custom_id=buttons.style_button("use", style.style_id),
        )
    ]
    if manager and not style.guild_id:
        row.append(_button(words.SHARE_BUTTON, "share", style))
    if mine or (manager and style.guild_id):
        row.append(_button(words.DELETE_BUTTON, "delete", style))
    return with_buttons(texts, row, GOOD if done else WAITING)


def _button(label: Text, action: str, style: Style) -> ui.Button[Card]:
    return ui.Button(label=str(label), custom_id=buttons.style_button(action, style.style_id))
