"""What judges found, in words: kinds of content, never scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.safety.verdicts import Check, Verdict
from bot.ui.language import Phrase, _
from bot.ui.messages.words import clip, listed

# The categories of OpenAI's schema; a classifier of the operator's own names others.
_CATEGORIES = {
    "harassment": Phrase("harassment"),
    "harassment/threatening": Phrase("threats"),
    "hate": Phrase("hate"),
    "hate/threatening": Phrase("hate with threats"),
    "illicit": Phrase("advice on crimes"),
    "illicit/violent": Phrase("advice on violent crimes"),
    "self-harm": Phrase("self-harm"),
    "self-harm/instructions": Phrase("advice on self-harm"),
    "self-harm/intent": Phrase("intended self-harm"),
    "sexual": Phrase("sexual content"),
    "sexual/minors": Phrase("sexual content with minors"),
    "violence": Phrase("violence"),
    "violence/graphic": Phrase("graphic violence"),
}
_REFUSED = {
    Check.PROMPTS: Phrase(
        "The safety check of this bot refused your words: {categories}. Please rephrase them."
    ),
    Check.REFERENCES: Phrase(
        "The safety check of this bot refused a picture that you gave: {categories}. Please use "
        "another one."
    ),
}
UNJUDGED = Phrase(
    "The safety check of this bot does not answer, and without it I make no pictures. Please try "
    "again later."
)
_VERDICTS = {
    Verdict.SPOILER: Phrase("behind a spoiler: {categories}"),
    Verdict.HOLD: Phrase("held for staff: {categories}"),
    Verdict.REFUSE: Phrase("refused: {categories}"),
}
_UNCHECKED = Phrase("refused: the check did not answer")
_NOTES = {
    "no_channel": Phrase("{verdict} (it was to be held, but there is no reviews channel)"),
}
_CATEGORY_CHARACTERS = 60
_SHOWN = 5


def refused(values: Mapping[str, Any], safe: Callable[[str], str]) -> str:
    """Return why a request was refused before anything was spent."""
    return _REFUSED[Check(values["check"])].filled(
        categories=categories(values["categories"], safe)
    )


def categories(names: Iterable[str], safe: Callable[[str], str]) -> str:
    """Return kinds of content as a list."""
    shown = [str(_CATEGORIES.get(name) or safe(clip(name, _CATEGORY_CHARACTERS))) for name in names]
    return listed(shown[:_SHOWN], "and") or _("not named")


def verdict(said: Mapping[str, Any], safe: Callable[[str], str]) -> str:
    """Return a verdict of the audit log: held for staff, for graphic violence."""
    named = said.get("categories")
    names = [str(one) for one in named] if isinstance(named, list) else []
    text = (
        str(_UNCHECKED)
        if said.get("away")
        else _VERDICTS[Verdict(said["verdict"])].filled(categories=categories(names, safe))
    )
    note = _NOTES.get(str(said.get("note")))
    return note.filled(verdict=text) if note else text
