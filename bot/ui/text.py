"""Makes what people typed harmless on Discord: no markdown, no mentions, no hidden characters.

discord.py's `escape_markdown` leaves mentions, links, lists and direction marks alone
(docs/spec/discord.md section 2.4).
"""

from __future__ import annotations

import re
import unicodedata

from bot.ui.messages.words import PROMPT_DELETED, clip

PROMPT_SHOWN_CHARACTERS = 300

# Joiners shape Persian words and emoji families; the other format characters hide or turn text.
_JOINERS = "\u200c\u200d"
_MARKDOWN = re.compile(r"[\\*_~`|<>\[\]]")
_AT_START = re.compile(r"^(?:[#+-]|\d+(?=[.)]))")
_MENTION = re.compile(r"@(?=everyone|here|[!&]?\d)")
_ESCAPED_MEMBER = re.compile("\\\\<@\u2060!?(?P<id>\\d{1,20})\\\\>")
_LINK = re.compile(r":(?=//)")


def plain(text: str) -> str:
    """Return a text on one line, without control, format and direction characters."""
    # None of these is printable, and few texts have one: then each character is looked at.
    if not text.isprintable():
        text = "".join(" " if _blank(c) else c for c in text if not _hidden(c))
    return " ".join(text.split())


def escaped(text: str) -> str:
    """Return a text that Discord shows as it is, on one line: nothing in it is acted on."""
    text = _MARKDOWN.sub(r"\\\g<0>", plain(text))
    text = _AT_START.sub(lambda start: _guarded(start[0]), text)
    # A backslash does not stop these two; an invisible word joiner does.
    text = _MENTION.sub("@\u2060", text)
    return _LINK.sub(":\u2060", text)


def shown_prompt(prompt: str) -> str:
    """Return a prompt as a quotation that is short and harmless."""
    return f"> {short_prompt(prompt, PROMPT_SHOWN_CHARACTERS)}"


def short_prompt(prompt: str, characters: int) -> str:
    """Return the beginning of a prompt, harmless on Discord; a word where it was deleted."""
    return mentioning(clip(plain(prompt), characters)) or str(PROMPT_DELETED)


def mentioning(text: str) -> str:
    """Return a text as `escaped` does, with members as Discord's own mentions, which ping nobody.

    What is sent with it must allow no mentions.
    """
    return _ESCAPED_MEMBER.sub(r"<@\g<id>>", escaped(text))


def _guarded(start: str) -> str:
    return start + "\u2060" if start[0].isdigit() else "\\" + start


def _blank(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp", "Zs")


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cs", "Co") and character not in _JOINERS
