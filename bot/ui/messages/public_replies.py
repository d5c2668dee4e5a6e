"""What is said below members' messages, and in forms: short, for everybody may read it."""

from __future__ import annotations

from bot.domain.job import Job, JobState
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.outcomes import reason
from bot.ui.messages.words import sentences

WHY = Phrase("Why?")
REFUSED = Phrase("I could not do that. Nothing was charged.")
WHY_GONE = Phrase("The reason is not kept any more. Please write your request again.")
NOT_YOURS = Phrase("Only the person who asked can do that.")

WRITE_CHANGE = Phrase("Write the change")
EMPTY_REPLY = Phrase(
    "Your reply reached me without its text, because its ping is off. Press the button to write "
    "the change, or turn the ping on."
)
DIRECT = Phrase(
    "Hello! /imagine makes a picture. To change one of mine, reply to it and say what should be "
    "different."
)
SEE_MENU = Phrase(
    "I cannot see that picture from here. Press and hold its message, then Apps, Edit picture."
)

# Where the bot may not post, or may not react, a member reads these instead.
EMPTY_UNANSWERED = Phrase(
    "Your reply reached me without its text, because its ping is off. Turn the ping on, or press "
    "Edit below the picture."
)
PICK_UNANSWERED = Phrase(
    "I may not ask there which picture you mean. Begin your reply with its number, like “2: make "
    "it night”."
)
PENCIL_UNANSWERED = Phrase(
    "If this was meant for me: I may not add my ✏️ for you to confirm it. Begin your message with "
    "my mention, and I start at once."
)

PICK = Phrase("Which picture do you mean?")
PICK_PLACEHOLDER = Phrase("Picture number")
MESSAGE_GONE = Phrase("That message is gone, so there is nothing to do any more.")

BLEND_TITLE = Phrase("Blend pictures")
BLEND_PROMPT = Phrase("What should become of them?")
BLEND_PICTURES = Phrase("Pictures")
BLEND_MORE = Phrase("More pictures")


def in_basket(count: int) -> str:
    """Return how many pictures of the basket come first."""
    return ngettext(
        "After the one in your basket", "After the {count} in your basket", count, count=count
    )


def nothing_came(job: Job) -> str:
    """Return the public line for a request without a result; it gives no reason away."""
    if job.waits_for_pickup:
        return _("The pictures could not be posted here. Who asked gets them with Why?")
    if job.state is JobState.CANCELLED:
        return _("This request was cancelled. Nothing was charged.")
    return _("This request could not be finished. Nothing was charged.")


def about(jump: str) -> str:
    """Return which message a direct one is about."""
    return _("About [your message]({url}), which I may not answer there:", url=jump)


def came_to_nothing(job: Job) -> str:
    """Return the direct word for a request of which nothing was posted, with its reason."""
    if job.waits_for_pickup:
        return _("The pictures could not be posted there. /jobs in that server shows them to you.")
    return sentences(nothing_came(job), reason(job.reason))


def picture(number: int) -> str:
    """Return the name of one picture of a result."""
    return _("Picture {number}", number=number)
