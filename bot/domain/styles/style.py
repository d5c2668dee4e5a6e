"""A style: words, model, shape and options of a result that somebody likes, to be used again.

A member's own go wherever they go; a server's are for everybody there. Pure values: which model
serves, and what it has to leave out, `bot.domain.requests.wishes` finds out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.errors import EaselError
from bot.domain.message_limits import CHOICES
from bot.domain.requests.request import OptionValue, visible
from bot.domain.text.wordlist import WordList

# As many as one list of Discord's shows: of a member's own, and of a server's.
MOST_STYLES = CHOICES
MOST_PICTURES = 4
NAME_CHARACTERS = 40
# Leaves a member room in the shortest prompts that models take.
WORDS_CHARACTERS = 1000


class StyleProblem(StrEnum):
    """Why a style cannot be kept."""

    NAME_EMPTY = "name_empty"
    NAME_LONG = "name_long"
    NAME_TAKEN = "name_taken"
    WORDS_LONG = "words_long"
    EMPTY = "empty"  # no words, no picture: only options
    FORBIDDEN_WORD = "forbidden_word"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"
    NOT_YOURS = "not_yours"
    SWITCHED_OFF = "switched_off"


class StyleError(EaselError):
    """A style cannot be kept or used like that; nothing was changed."""

    def __init__(self, problem: StyleProblem, **values: object) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.values: Mapping[str, object] = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A kept style. `user_id` is whose it is, 0 for a server's; `guild_id` 0 for a member's own.

    `made_by` made it. `values` are fields of a Draft. `pictures` counts its example pictures.
    """

    style_id: str
    name: str
    words: str
    made_by: int
    user_id: int = 0
    guild_id: int = 0
    values: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])
    pictures: int = 0
    created_at: int = 0

    @property
    def model(self) -> str | None:
        model = self.values.get("model")
        return str(model) if model else None


def key_of(name: str) -> str:
    """Return what two spellings of one name have in common."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(folded.split())


def named(name: str) -> str:
    """Return a name as it is kept; raise StyleError for none, and for one that is too long.

    Quotation marks would end it in `--style "…"`, and a line break has no place in a list.
    """
    kept = " ".join(visible(name).replace('"', "").replace("`", "").split())
    if not kept or not key_of(kept):
        raise StyleError(StyleProblem.NAME_EMPTY)
    if len(kept) > NAME_CHARACTERS:
        raise StyleError(StyleProblem.NAME_LONG, length=len(kept), limit=NAME_CHARACTERS)
    return kept


def worded(words: str) -> str:
    """Return the words of a style as they are kept; raise StyleError where they are too long."""
    kept = visible(words)
    if len(kept) > WORDS_CHARACTERS:
        raise StyleError(StyleProblem.WORDS_LONG, length=len(kept), limit=WORDS_CHARACTERS)
    return kept


def require_allowed(words: WordList, *texts: str) -> None:
    """Raise StyleError where a server forbids a word of a style."""
    for text in texts:
        if word := words.find(text):
            raise StyleError(StyleProblem.FORBIDDEN_WORD, word=word)
