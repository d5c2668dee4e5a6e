"""What judges found, in words: kinds of content, never scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.safety.reviews import ReviewOutcome
from bot.domain.safety.verdicts import Check, Verdict
from bot.ui.language import Phrase, _
from bot.ui.messages.words import clip, listed, relative_time

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


APPROVE = Phrase("Approve")
REFUSE = Phrase("Refuse")
APPROVED = Phrase("Approved. I am posting the result.")
REFUSED_BY_YOU = Phrase("Refused. The member gets the credits back, and nothing is posted.")
REVIEW_WITHOUT_PICTURES = Phrase("The pictures are no longer stored.")
_ENDED = {
    ReviewOutcome.APPROVED: Phrase("✅ Approved by {who}."),
    ReviewOutcome.REFUSED: Phrase("🚫 Refused by {who}."),
    ReviewOutcome.EXPIRED: Phrase("⌛ Nobody decided in time. The member got the credits back."),
    ReviewOutcome.WITHDRAWN: Phrase("↩️ It does not wait any more: the request was ended."),
}


_WAITS = Phrase(
    "**A result waits for your review** · {model}, asked by {member}. The safety check found: "
    "{categories}."
)
_REVIEWED = Phrase(
    "**Review of a result** · {model}, asked by {member}. The safety check found: {categories}."
)


def review_subject(
    user_id: int, label: str, names: Iterable[str], safe: Callable[[str], str], *, ended: bool
) -> str:
    """Return what a card for staff is about."""
    said = _REVIEWED if ended else _WAITS
    return said.filled(
        model=label,
        member=f"<@{user_id}>",
        categories=categories(names, safe),
    )


def review_until(at: int) -> str:
    """Return until when staff can decide."""
    return _(
        "-# Approve posts it, Refuse gives the credits back. Without a decision it is refused "
        "{when}.",
        when=relative_time(at),
    )


def review_ended(outcome: ReviewOutcome, by: int) -> str:
    """Return how a review ended."""
    known = _ENDED.get(outcome)
    return known.filled(who=f"<@{by}>") if known else ""
