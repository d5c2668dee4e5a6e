"""What is said below members' messages, and in forms: short, for everybody may read it."""

from __future__ import annotations

from bot.domain.job import Job, JobState

WHY = "Why?"
REFUSED = "I could not do that. Nothing was charged."
WHY_GONE = "The reason is not kept any more. Please write your request again."
NOT_YOURS = "Only the person who asked can do that."

WRITE_CHANGE = "Write the change"
EMPTY_REPLY = (
    "Your reply reached me without its text, because its ping is off. Press the button to write "
    "the change, or turn the ping on."
)
SEE_MENU = (
    "I cannot see that picture from here. Press and hold its message, then Apps, Edit picture."
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
    ended = "was cancelled" if job.state is JobState.CANCELLED else "could not be finished"
    return f"This request {ended}. Nothing was charged."


def picture(number: int) -> str:
    """Return the name of one picture of a result."""
    return f"Picture {number}"
