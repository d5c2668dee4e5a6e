"""What is said where the owner of a picture has to agree to a change of it."""

from __future__ import annotations

from bot.domain.requests.consent import Consent, ConsentState
from bot.ui.language import Phrase, _
from bot.ui.messages.words import relative_time, sentences

ALLOW, REFUSE = Phrase("Allow"), Phrase("Refuse")
SHOW_PROMPT = Phrase("Show the prompt")
OVER = Phrase("This question is no longer open.")
NOT_YOURS = Phrase("Only the person who posted the picture can answer this.")
NO_PROMPT = Phrase("The prompt is no longer stored.")


def question(consent: Consent) -> str:
    """Return what the owner of a picture is asked, in the channel."""
    return sentences(
        _(
            "<@{owner}>, <@{requester}> asks to change a picture that you posted.",
            owner=consent.owner_id,
            requester=consent.user_id,
        ),
        _("Only you can answer; the question ends {when}.", when=relative_time(consent.expires_at)),
    )


def answered(consent: Consent, *, allowed: bool) -> str:
    """Return what the card says once it was answered."""
    if allowed:
        return _("<@{owner}> allowed this change.", owner=consent.owner_id)
    return _("<@{owner}> did not allow this change.", owner=consent.owner_id)


def nothing_came(consent: Consent, *, named: bool) -> str:
    """Return what the requester reads of a request that did not become one.

    `named`: everybody reads it, so it begins with who is meant.
    """
    text = _nothing(consent.state)
    return f"<@{consent.user_id}>: {text}" if named else text


def _nothing(state: ConsentState) -> str:
    match state:
        case ConsentState.REFUSED:
            return _("The picture that you wanted to change may not be used. Nothing was charged.")
        case ConsentState.EXPIRED:
            return _("Nobody answered whether you may change that picture. Nothing was charged.")
        case _:
            return _("Your change of that picture could not be made. Nothing was charged.")
