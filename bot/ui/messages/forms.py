"""What the modal forms say."""

from __future__ import annotations

from bot.ui.language import Phrase, _

EDIT_TITLE = Phrase("Edit picture")
PROMPT = Phrase("What should change?")
PROMPT_HINT = Phrase("As you would tell a friend: make it night")
WHICH = Phrase("Which picture?")
MORE = Phrase("More pictures")
MORE_HINT = Phrase("To take something from, after the picture itself")
MODEL = Phrase("Model")
ASPECT = Phrase("Aspect")
AUTOMATIC = Phrase("Automatic")

FIX_TITLE = Phrase("Fix the request")
WISH = Phrase("What would you like to see?")
SIZE = Phrase("Size")
SIZE_HINT = Phrase("2K, 4K or WIDTHxHEIGHT; empty: automatic")
COUNT = Phrase("How many pictures")

REPORT_TITLE = Phrase("Report picture")
REPORT_REASON = Phrase("What is wrong with it?")
REPORT_REASONS = (
    ("person", Phrase("It shows a real person")),
    ("sexual", Phrase("It is sexual or suggestive")),
    ("hate", Phrase("It is hateful or violent")),
    ("other", Phrase("Something else")),
)
REPORT_TEXT = Phrase("More about it")

FORM_UNKNOWN = Phrase("This form cannot be used any more. Please open it again.")
FORM_STALE = Phrase(
    "This form is too old: what you began is not kept any more. Please start again."
)
COUNT_UNREADABLE = Phrase("The number of pictures must be a number.")
NO_PICTURE = Phrase("There is no picture in this message.")
QUOTA_NOT_YOURS = Phrase("Only moderators see the quota of somebody else. Yours: /quota.")
NOT_MINE = Phrase("This is not one of my pictures.")


def picture(number: int) -> str:
    """Return the name of one picture of a set."""
    return _("Picture {number}", number=number)
