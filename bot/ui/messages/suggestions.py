"""What the suggestions for an option say."""

from __future__ import annotations

from bot.ui.language import Phrase

NEAREST = Phrase("nearest possible")
_SIZES = {"auto": Phrase("auto"), "adaptive": Phrase("adaptive")}


_RELATED = {"set": Phrase("A related set"), "separate": Phrase("Separate pictures")}


def related(word: str) -> str:
    """Return what a value of the option `related` is called."""
    return str(_RELATED[word])


def related_typed(text: str | None) -> str | None:
    """Return the value that somebody typed, also by what suggestions call it, with any price."""
    called = (text or "").partition(" · ")[0].strip().casefold()
    return next((w for w, name in _RELATED.items() if called == str(name).casefold()), text)


def size_word(word: str) -> str:
    """Return a size that a model names with a word; one that nobody knows stays as it is."""
    return str(_SIZES.get(word, word))


def size_typed(text: str | None) -> str | None:
    """Return the size that somebody typed, also by the word that suggestions call it."""
    called = (text or "").strip()
    return next((word for word, name in _SIZES.items() if called == str(name)), text)
