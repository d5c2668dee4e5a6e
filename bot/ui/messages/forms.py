"""What the modal forms say."""

from __future__ import annotations

EDIT_TITLE = "Edit picture"
PROMPT = "What should change?"
PROMPT_HINT = "As you would tell a friend: make it night"
WHICH = "Which picture?"
MORE = "More pictures"
MORE_HINT = "To take something from, after the picture itself"
MODEL = "Model"
ASPECT = "Aspect"
AUTOMATIC = "Automatic"

FIX_TITLE = "Fix the request"
WISH = "What would you like to see?"
SIZE = "Size"
SIZE_HINT = "2K, 4K or WIDTHxHEIGHT; empty: automatic"
COUNT = "How many pictures"

REPORT_TITLE = "Report picture"
REPORT_REASON = "What is wrong with it?"
REPORT_REASONS = (
    ("person", "It shows a real person"),
    ("sexual", "It is sexual or suggestive"),
    ("hate", "It is hateful or violent"),
    ("other", "Something else"),
)
REPORT_TEXT = "More about it"

FORM_UNKNOWN = "This form cannot be used any more. Please open it again."
FORM_STALE = "This form is too old: what you began is not kept any more. Please start again."
COUNT_UNREADABLE = "The number of pictures must be a number."
NO_PICTURE = "There is no picture in this message."
QUOTA_NOT_YOURS = "Only moderators see the quota of somebody else. Yours: /quota."
NOT_MINE = "This is not one of my pictures."


def picture(number: int) -> str:
    """Return the name of one picture of a set."""
    return f"Picture {number}"
