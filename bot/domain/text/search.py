"""Finds words in texts as people expect: case, width and accents do not matter.

Words need not be whole ones, because many languages write no blanks between them.
"""

from __future__ import annotations

import re
import unicodedata

# Accents, and the mark that only asks for a coloured emoji.
_ACCENTS = re.compile("[\u0300-\u036f\ufe0f]")
_QUOTES = "\"'“”„‟«»「」『』‘’"


def words_of(typed: str) -> tuple[str, ...]:
    """Return the words to look for; none where nothing but quotation marks was typed."""
    found = (word.strip(_QUOTES) for word in folded(typed).split())
    return tuple(dict.fromkeys(word for word in found if word))


def contains(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether a text has all of these words, which `words_of` returned."""
    if not words:
        return True
    read = folded(text)
    return all(word in read for word in words)


def folded(text: str) -> str:
    """Return a text without what a search leaves out of account."""
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).casefold()
