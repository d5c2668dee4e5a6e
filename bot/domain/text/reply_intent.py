"""What a message that means the bot leads to: a request at once, a question, or nothing.

The rules of docs/spec/requests.md section 3, over what was read from the message; knows no Discord.
"""

from __future__ import annotations

from enum import StrEnum

from bot.domain.text.prompt import ParsedText
from bot.domain.text.small_talk import asks_for_nothing, is_small_talk


class ReplyMode(StrEnum):
    """A server's setting `replies`: which messages are taken as requests."""

    INSTANT = "instant"
    CONFIRM = "confirm"
    MENTION = "mention"
    OFF = "off"


class ReplyIntent(StrEnum):
    """What the bot does about a message."""

    SUBMIT = "submit"
    ASK = "ask"
    NOTHING = "nothing"


def reaction(
    parsed: ParsedText, *, mode: ReplyMode, mentioned: bool, began: bool, files: bool
) -> ReplyIntent:
    """Decide about a message.

    `mentioned`: the bot's mention was typed, anywhere; `began`: at the beginning. `files`: the
    message brings some of its own.
    """
    if mode is ReplyMode.OFF or (mode is ReplyMode.MENTION and not mentioned):
        return ReplyIntent.NOTHING
    if began or parsed.explicit:
        # Thanks stay thanks, also with a mention. A number or a flag alone lacks its words.
        meant = parsed.explicit or files if not parsed.prompt else not is_small_talk(parsed.prompt)
        return ReplyIntent.SUBMIT if meant else ReplyIntent.NOTHING
    # A picture beside it makes a single word a request: "this", "same".
    talk = is_small_talk(parsed.prompt) if files else asks_for_nothing(parsed.prompt)
    if talk:
        return ReplyIntent.NOTHING
    return ReplyIntent.SUBMIT if mode is ReplyMode.INSTANT else ReplyIntent.ASK
