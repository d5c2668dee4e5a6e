"""What is said below members' messages, and in forms: short, for everybody may read it."""

from __future__ import annotations

from bot.domain.job import Job, JobState
from bot.ui.messages.outcomes import reason

WHY = "Why?"
REFUSED = "I could not do that. Nothing was charged."
WHY_GONE = "The reason is not kept any more. Please write your request again."
NOT_YOURS = "Only the person who asked can do that."

WRITE_CHANGE = "Write the change"
EMPTY_REPLY = (
    "Your reply reached me without its text, because its ping is off. Press the button to write "
    "the change, or turn the ping on."
)
DIRECT = (
    "Hello! /imagine makes a picture. To change one of mine, reply to it and say what should be "
    "different."
)
SEE_MENU = (
    "I cannot see that picture from here. Press and hold its message, then Apps, Edit picture."
)

# Where the bot may not post, or may not react, a member reads these instead.
EMPTY_UNANSWERED = (
    "Your reply reached me without its text, because its ping is off. Turn the ping on, or press "
    "Edit below the picture."
)
PICK_UNANSWERED = (
    "I may not ask there which picture you mean. Begin your reply with its number, like “2: make "
    "it night”."
)
PENCIL_UNANSWERED = (
    "If this was meant for me: I may not add my ✏️ for you to confirm it. Begin your message with "
    "my mention, and I start at once."
)

PICK = "Which picture do you mean?"
PICK_PLACEHOLDER = "Picture number"
MESSAGE_GONE = "That message is gone, so there is nothing to do any more."

BLEND_TITLE = "Blend pictures"
BLEND_PROMPT = "What should become of them?"
BLEND_PICTURES = "Pictures"
BLEND_MORE = "More pictures"
BLEND_MODEL = "Model"
BLEND_ASPECT = "Shape"
AUTOMATIC = "Automatic"


def in_basket(count: int) -> str:
    """Return how many pictures of the basket come first."""
    return f"After the {count} in your basket" if count > 1 else "After the one in your basket"


def nothing_came(job: Job) -> str:
    """Return the public line for a request without a result; it gives no reason away."""
    if job.waits_for_pickup:
        return "The pictures could not be posted here. Who asked gets them with Why?"
    ended = "was cancelled" if job.state is JobState.CANCELLED else "could not be finished"
    return f"This request {ended}. Nothing was charged."


def about(jump: str) -> str:
    """Return which message a direct one is about."""
    return f"About [your message]({jump}), which I may not answer there:"


def came_to_nothing(job: Job) -> str:
    """Return the direct word for a request of which nothing was posted, with its reason."""
    if job.waits_for_pickup:
        return "The pictures could not be posted there. /jobs in that server shows them to you."
    return f"{nothing_came(job)} {reason(job.reason)}"


def picture(number: int) -> str:
    """Return the name of one picture of a result."""
    return f"Picture {number}"
