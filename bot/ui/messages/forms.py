"""What the modal forms say."""

from __future__ import annotations

from bot.domain.requests.request import OPTION_FIELDS, Draft
from bot.ui.language import Phrase, _
from bot.ui.messages.commands import option_name, value_name
from bot.ui.messages.words import commas, plural, sentences

EDIT_TITLE = Phrase("Edit picture")
PROMPT = Phrase("What should change?")
PROMPT_HINT = Phrase("For example: make it night")
WHICH = Phrase("Which picture?")
EDIT_PICK = Phrase("**Which picture do you want to change?**")
EDIT_PICK_PLACEHOLDER = Phrase("Choose a picture to change")
ALL_PICTURES = Phrase("All of them")
MORE = Phrase("More pictures")
MORE_HINT = Phrase("Reference pictures; they follow the picture itself")
MODEL = Phrase("Model")
ASPECT = Phrase("Aspect")
AUTOMATIC = Phrase("Automatic")

IMAGINE_TITLE = Phrase("Make a picture")
FIX_TITLE = Phrase("Fix the request")
FIX_PROMPT = Phrase("What would you like to see?")
SIZE = Phrase("Size")
SIZE_HINT = Phrase("2K, 4K or WIDTHxHEIGHT; empty: automatic")
COUNT = Phrase("How many pictures")
COUNT_HINT = Phrase("Empty: automatic")
TAKES_ALL = Phrase("Takes all that you asked for")

REPHRASE_TITLE = Phrase("Rephrase the request")
OTHER_PICTURES = Phrase("Other pictures")
OTHER_PICTURES_HINT = Phrase("In place of those that you used; empty: the same ones")

REPORT_TITLE = Phrase("Report picture")
REPORT_REASON = Phrase("What is wrong with it?")
REPORT_REASONS = (
    ("person", Phrase("It shows a real person")),
    ("sexual", Phrase("It is sexual or suggestive")),
    ("hate", Phrase("It is hateful or violent")),
    ("other", Phrase("Something else")),
)
REPORT_TEXT = Phrase("More details")

FORM_UNKNOWN = Phrase("This form no longer works. Please open it again.")
FORM_STALE = Phrase("Your request is no longer stored: it is kept for a day. Please start again.")
COUNT_UNREADABLE = Phrase("Please enter how many pictures as a number, for example 2.")
NO_PICTURE = Phrase("There is no picture in this message. Please choose a message with a picture.")
QUOTA_NOT_YOURS = Phrase("Only moderators can see someone else's quota. Use /quota to see yours.")
NOT_MINE = Phrase(
    "This is not one of my pictures. Please choose a message with a picture that I posted."
)


# What the form of a refused request has no field for.
_HIDDEN = ("related", *(name for name in OPTION_FIELDS if name != "stream"))


def kept_and_dropped(asked: Draft, nearest: Draft, *, pictures: int, mask: bool) -> str:
    """Return what a fixed request keeps though its form has no field for it, and what it drops."""
    dropped = [
        option_name(name)
        for name in ("size", "aspect", *_HIDDEN)
        if getattr(asked, name) is not None
        # A set that becomes separate pictures is one that is dropped.
        and (getattr(nearest, name) is None or (name == "related" and not nearest.related))
    ]
    kept = [plural(pictures, "picture")] if pictures else []
    kept += [option_name("mask")] if mask else []
    kept += [
        f"{option_name(name)} {value_name(getattr(nearest, name))}"
        for name in _HIDDEN
        if getattr(nearest, name) is not None and (name != "related" or nearest.related)
    ]
    return sentences(
        _("Drops: {options}.", options=commas(dropped)) if dropped else "",
        _("Keeps: {options}.", options=commas(kept)) if kept else "",
    )


def picture(number: int) -> str:
    """Return the name of one picture of a set."""
    return _("Picture {number}", number=number)
