"""What /settings says: a member's own defaults, and what the server says to them."""

from __future__ import annotations

from bot.domain.server import Language
from bot.domain.translatable import N_
from bot.ui.language import Phrase, Text, _
from bot.ui.messages.commands import option_name, value_name
from bot.ui.messages.words import capital, number, quoted
from bot.ui.text import escaped

SETTINGS = N_("What holds for your requests if you say nothing else")

TITLE = Phrase("**Your settings**")
ABOUT = Phrase(
    "They hold in every server, for what you do not choose in a request. What a model or a server "
    "cannot do is left out, and your ticket says so."
)
AUTOMATIC = Phrase("automatic")
YES, NO = Phrase("yes"), Phrase("no")
AS_DISCORD = Phrase("as in Discord")
LANGUAGES: dict[str, Text] = {Language.ENGLISH: "English", Language.CHINESE: "简体中文"}
NOT_HERE = Phrase("This choice is no longer available. Please open /settings again.")


def name(field: str) -> str:
    """Return what a default is called."""
    said = _("tickets") if field == "language" else option_name(field)
    return capital(said)


def choice(field: str, value: Text) -> str:
    """Return a value as its list shows it: Model: automatic."""
    return _("{name}: {value}", name=name(field), value=value)


def nothing(field: str) -> Text:
    """Return what holds where nothing is decided."""
    if field in ("private", "spoiler"):
        return NO
    if field == "language":
        return AS_DISCORD
    return _("none") if field == "style" else AUTOMATIC


def said(field: str, value: object) -> Text:
    """Return a value that is the same everywhere."""
    if isinstance(value, bool):
        return YES
    if field == "language":
        return LANGUAGES[str(value)]
    return value_name(value)


def most_pictures(most: int) -> str:
    """Return that the server's limit of pictures comes first."""
    return _("This server allows {count} pictures in a request at most.", count=number(most))


def model_not_here(label: str) -> str:
    """Return that a model may not be used here."""
    return _("You cannot use {model} in this server.", model=escaped(label))


def enforced(style: str) -> str:
    """Return that the server's style comes first."""
    return _("This server uses the style {style} for every picture.", style=quoted(escaped(style)))


def styles_off() -> str:
    """Return that the server has no styles."""
    return _("This server has turned styles off.")
