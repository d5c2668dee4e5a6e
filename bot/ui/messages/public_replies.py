"""What is said below members' messages, and in forms: short, for everybody may read it."""

from __future__ import annotations

from bot.domain.job import Job, JobState
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.requests.outcomes import reason_of
from bot.ui.messages.tickets import HELD
from bot.ui.messages.words import moment, sentences

WHY = Phrase("Why?")
REFUSED = Phrase("I could not do that. Nothing was charged.")
WHY_GONE = Phrase("The reason is no longer stored. Please write your request again.")
NOT_YOURS = Phrase("Only the person who made this request can do that.")

WRITE_CHANGE = Phrase("Describe the change")
EMPTY_REPLY = Phrase(
    "I cannot read your reply, because its ping is off. Press the button to describe the change, "
    "or reply again with the ping on."
)
DIRECT = Phrase(
    "Hello! Use /imagine to make a picture. To change one of mine, reply to it and say what to "
    "change."
)
SEE_MENU = Phrase(
    "I cannot see that picture from here. Press and hold its message, then choose Apps, Edit "
    "picture."
)

# Where the bot may not post, or may not react, a member reads these instead.
EMPTY_UNANSWERED = Phrase(
    "I cannot read your reply, because its ping is off. Reply again with the ping on, or press "
    "Edit below the picture."
)
PICK_UNANSWERED = Phrase(
    "I cannot ask there which picture you mean. Start your reply with its number, for example “2: "
    "make it night”."
)
PENCIL_UNANSWERED = Phrase(
    "If this was for me: I cannot add ✏️ there for you to confirm. Mention me at the start of "
    "your message, and I will start right away."
)

PICK = Phrase("Which picture do you mean?")
PICK_PLACEHOLDER = Phrase("Picture number")
MESSAGE_GONE = Phrase("That message is gone. Please send your request again.")

BLEND_TITLE = Phrase("Blend pictures")
BLEND_PROMPT = Phrase("What should I make from them?")
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
        return _(
            "The pictures could not be posted here. The person who requested them can press Why? "
            "to get them."
        )
    if job.held:
        return _("The pictures need more time. The person who requested them can press Why?")
    if job.state is JobState.CANCELLED:
        return _("This request was cancelled. Nothing was charged.")
    return _("This request could not be finished. Nothing was charged.")


def about(jump: str) -> str:
    """Return which message a direct one is about."""
    return _("About [your message]({url}), which I cannot answer there:", url=jump)


def came_to_nothing(job: Job) -> str:
    """Return the direct word for a request of which nothing was posted, with its reason."""
    if job.waits_for_pickup:
        return _("The pictures could not be posted there. Use /jobs in that server to see them.")
    if job.held:
        return HELD.filled(when=moment(job.expires_at))
    return sentences(nothing_came(job), reason_of(job))


def picture(number: int) -> str:
    """Return the name of one picture of a result."""
    return _("Picture {number}", number=number)
