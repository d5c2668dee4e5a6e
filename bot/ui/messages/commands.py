"""Names and descriptions of commands, options and choices, as the command list shows them."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.translatable import N_
from bot.ui.language import _, pgettext

IMAGINE = N_("Make a picture from text")
IMAGINE_OPTIONS = {
    "prompt": N_("What you would like to see"),
    "style": N_("A style of yours or of this server; see /style list"),
    "model": N_("Which model draws it"),
    "aspect": N_("Shape of the picture"),
    "count": N_("How many pictures; each one costs credits"),
    "image1": N_("A reference picture"),
    "image2": N_("Another reference picture"),
    "image3": N_("Another reference picture"),
    "image4": N_("Another reference picture"),
    "size": N_("2K, 4K or WIDTHxHEIGHT"),
    "related": N_("A related set (4 pictures, 4 credits without count) or separate pictures"),
    "guidance": N_("How closely to follow the prompt (some models only)"),
    "seed": N_("The same seed and prompt give similar pictures (some models only)"),
    "format": N_("File type of the picture (some models only)"),
    "watermark": N_("Mark the picture as made by AI"),
    "spoiler": N_("Hide the pictures until somebody taps them"),
    "private": N_("Show the pictures only to you"),
}
COMPARE = N_("Let models draw the same prompt, and vote which picture is best")
COMPARE_OPTIONS = {
    "prompt": N_("What you would like to see"),
    "model_a": N_("A model to compare"),
    "model_b": N_("Another model"),
    "model_c": N_("Another model"),
    "model_d": N_("Another model"),
    "aspect": N_("Shape of the pictures"),
    "size": N_("2K, 4K or WIDTHxHEIGHT"),
    "style": N_("A style of yours or of this server; see /style list"),
    "spoiler": N_("Hide the pictures until somebody taps them"),
}
# Values of options, in the order of the lists.
QUALITIES = {"low": N_("low"), "medium": N_("medium"), "high": N_("high")}
BACKGROUNDS = {"opaque": N_("opaque"), "transparent": N_("transparent")}
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP"}
ASPECT_AUTO = N_("Automatic")

JOBS = N_("See your requests: waiting, running, done")
JOBS_SEARCH = N_("Only requests whose prompts have these words")
MENU_EDIT = N_("Edit picture")
MENU_USE = N_("Use as reference")
MENU_DETAILS = N_("Picture details")
MENU_REPORT = N_("Report picture")
MENU_REMOVE = N_("Remove picture")
MENU_QUOTA = N_("Image quota")
QUOTA = N_("See how many credits you have left")
MODELS = N_("See the models and what they can do")
MODELS_OPTIONS = {"model": N_("The model to look at")}
HELP = N_("How to make pictures here")
ASPECT_SAME = N_("Same as the picture")

EDIT = N_("Change a picture")
EDIT_OPTIONS = {
    "prompt": N_("What to change"),
    "image1": N_("The picture to change; if empty, your newest picture here"),
    "of": N_("One of your recent pictures here"),
    "style": N_("A style of yours or of this server; see /style list"),
    "model": N_("Which model changes it"),
    "aspect": N_("Shape of the new picture"),
    "count": N_("How many pictures; each one costs credits"),
    "image2": N_("Another reference picture"),
    "image3": N_("Another reference picture"),
    "image4": N_("Another reference picture"),
    "image5": N_("Another reference picture"),
    "image6": N_("Another reference picture"),
    "mask": N_("A mask of the part to change: transparent, or white on black"),
    "size": N_("2K, 4K or WIDTHxHEIGHT"),
    "guidance": N_("How closely to follow the prompt (some models only)"),
    "seed": N_("The same seed and prompt give similar pictures (some models only)"),
    "quality": N_("Some models only; high costs more"),
    "background": N_("Some models only"),
    "format": N_("File type of the new picture (some models only)"),
    "compression": N_("For JPEG and WebP (some models only)"),
    "watermark": N_("Mark the picture as made by AI"),
    "spoiler": N_("Hide the pictures until somebody taps them"),
    "private": N_("Show the pictures only to you"),
}
BLEND = N_("Combine up to 16 pictures in one form")

_OPTION_NAMES: dict[str, Callable[[], str]] = {
    "aspect": lambda: pgettext("option", "aspect"),
    "background": lambda: pgettext("option", "background"),
    "channel": lambda: pgettext("option", "channel"),
    "compression": lambda: pgettext("option", "compression"),
    "count": lambda: pgettext("option", "count"),
    "credits": lambda: pgettext("option", "credits"),
    "duration": lambda: pgettext("option", "duration"),
    "expires": lambda: pgettext("option", "expires"),
    "export": lambda: pgettext("option", "export"),
    "format": lambda: pgettext("option", "format"),
    "grant": lambda: pgettext("option", "grant"),
    "guidance": lambda: pgettext("option", "guidance"),
    "image1": lambda: pgettext("option", "image1"),
    "image2": lambda: pgettext("option", "image2"),
    "image3": lambda: pgettext("option", "image3"),
    "image4": lambda: pgettext("option", "image4"),
    "image5": lambda: pgettext("option", "image5"),
    "image6": lambda: pgettext("option", "image6"),
    "job": lambda: pgettext("option", "job"),
    "mask": lambda: pgettext("option", "mask"),
    "member": lambda: pgettext("option", "member"),
    "model": lambda: pgettext("option", "model"),
    "model-a": lambda: pgettext("option", "model-a"),
    "model-b": lambda: pgettext("option", "model-b"),
    "model-c": lambda: pgettext("option", "model-c"),
    "model-d": lambda: pgettext("option", "model-d"),
    "moderation": lambda: pgettext("option", "moderation"),
    "moderator": lambda: pgettext("option", "moderator"),
    "name": lambda: pgettext("option", "name"),
    "of": lambda: pgettext("option", "of"),
    "period": lambda: pgettext("option", "period"),
    "picture": lambda: pgettext("option", "picture"),
    "pictures": lambda: pgettext("option", "pictures"),
    "private": lambda: pgettext("option", "private"),
    "prompt": lambda: pgettext("option", "prompt"),
    "quality": lambda: pgettext("option", "quality"),
    "reason": lambda: pgettext("option", "reason"),
    "related": lambda: pgettext("option", "related"),
    "remove": lambda: pgettext("option", "remove"),
    "role": lambda: pgettext("option", "role"),
    "rule": lambda: pgettext("option", "rule"),
    "search": lambda: pgettext("option", "search"),
    "seed": lambda: pgettext("option", "seed"),
    "size": lambda: pgettext("option", "size"),
    "spoiler": lambda: pgettext("option", "spoiler"),
    "style": lambda: pgettext("option", "style"),
    "unlimited": lambda: pgettext("option", "unlimited"),
    "until": lambda: pgettext("option", "until"),
    "watermark": lambda: pgettext("option", "watermark"),
    "window": lambda: pgettext("option", "window"),
    "word": lambda: pgettext("option", "word"),
    "words": lambda: pgettext("option", "words"),
}


def value_name(value: object) -> str:
    """Return what a value of an option is called, as its list shows it: low, PNG, yes."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    marked = (QUALITIES | BACKGROUNDS).get(str(value))
    return str(value) if marked is None else _(marked)


def field_name(field: str) -> str:
    """Return what a part of a request is called where it is refused: an option, or all pictures."""
    if field in ("reference", "references"):
        return pgettext("option", "pictures")
    if field == "variation":
        return pgettext("option", "variation")
    return option_name("model" if field == "operation" else field)


def option_name(name: str) -> str:
    """Return what an option of a command is called; other names stay as they are."""
    said = _OPTION_NAMES.get(name)
    return said() if said else name


def named(jump: str, number: int, of: int) -> str:
    """Return the ticket's line about the picture that was picked without being named."""
    which = _("your newest picture here")
    if of > 1:
        which = _("picture {number} of your newest result", number=number)
    return _("Changing {picture}", picture=f"[{which}]({jump})")
