"""What a message that means the bot leads to: a request at once, a question, or nothing.

The rules of COMMANDS.md section 3, over what was read from the message; knows no Discord.
"""

from __future__ import annotations

from enum import StrEnum

from bot.domain.chatter import is_chatter, is_small_talk
from bot.domain.prompt import Spoken


class ReplyMode(StrEnum):
    """A server's setting `replies`: which messages are taken as requests."""

    INSTANT = "instant"
    CONFIRM = "confirm"
    MENTION = "mention"
    OFF = "off"


class Reaction(StrEnum):
    """What the bot does about a message."""

    SUBMIT = "submit"
    ASK = "ask"
    NOTHING = "nothing"


def reaction(
    spoken: Spoken, *, mode: ReplyMode, mentioned: bool, began: bool, files: bool
) -> Reaction:
    """Decide about a message.

    `mentioned`: the bot's mention was typed, anywhere; `began`: at the beginning. `files`: the
    message brings some of its own.
    """
    if mode is ReplyMode.OFF or (mode is ReplyMode.MENTION and not mentioned):
        return Reaction.NOTHING
    if began or spoken.explicit:
        # Thanks stay thanks, also with a mention. A number or a flag alone lacks its words.
        meant = spoken.explicit or files if not spoken.prompt else not is_small_talk(spoken.prompt)
        return Reaction.SUBMIT if meant else Reaction.NOTHING
    # A picture beside it makes a single word a wish: "this", "same".
    talk = is_small_talk(spoken.prompt) if files else is_chatter(spoken.prompt)
    if talk:
        return Reaction.NOTHING
    return Reaction.SUBMIT if mode is ReplyMode.INSTANT else Reaction.ASK
