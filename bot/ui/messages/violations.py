"""The sentence of each violation: what is wrong, the limit, and the nearest legal value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.errors import PictureProblem
from bot.domain.request import Violation, ViolationKind
from bot.ui.messages.words import listed, megabytes, number, plural, quoted, ratio

Values = Mapping[str, object]
_Sentence = Callable[[Values], str]

# `{limit}` follows the word of the problem, where its number is known.
_PICTURES: dict[PictureProblem, str] = {
    PictureProblem.NOT_A_PICTURE: "is not a picture. PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC and "
    "AVIF work.",
    PictureProblem.BROKEN: "is damaged or incomplete. Please save it again and retry.",
    PictureProblem.TOO_MANY_PIXELS: "has too many pixels{limit}. Please scale it down.",
    PictureProblem.TOO_MANY_BYTES: "is too large{limit}. Please scale it down.",
    PictureProblem.TOO_SMALL: "is too small{limit}. Please use a larger one.",
    PictureProblem.CANNOT_FIT: "cannot be made small enough{limit}. One with fewer "
    "details may fit.",
    PictureProblem.TIMEOUT: "took too long to read. A smaller one may work.",
    PictureProblem.MEMORY: "needs too much memory to read. A smaller one may work.",
    PictureProblem.CRASHED: "could not be read. Please save it again as PNG or JPEG.",
    PictureProblem.MASK_SHAPE: "has another shape than the picture it belongs to. Please make "
    "it from that picture.",
    PictureProblem.MASK_KIND: "is no mask: the parts to change must be transparent, or white on "
    "black.",
    PictureProblem.MASK_EMPTY: "marks nothing: the parts to change must be transparent, or white "
    "on black.",
    PictureProblem.UNREACHABLE: "could not be downloaded. Please upload it again.",
    PictureProblem.SLOW_DOWNLOAD: "could not be downloaded in time. A smaller one may work.",
    PictureProblem.FORBIDDEN_ADDRESS: "lies at an address that may not be opened. Please use a "
    "public one.",
}
_LIMITS: dict[PictureProblem, Callable[[object], str]] = {
    PictureProblem.TOO_MANY_PIXELS: lambda limit: f": at most {number(limit)} are possible",
    PictureProblem.TOO_MANY_BYTES: lambda limit: f": at most {megabytes(limit)} are possible",
    PictureProblem.TOO_SMALL: lambda limit: f": each side must be longer than {limit} pixels",
    PictureProblem.CANNOT_FIT: lambda limit: f" for this model, which takes {megabytes(limit)}",
}


def violation(item: Violation) -> str:
    """Return the sentence of a violation, in plain text."""
    sentence = _SENTENCES[item.kind](item.values)
    if item.kind in _WITH_SUGGESTION and item.suggestion not in (None, ""):
        sentence += f" Try {typed(item.suggestion)}."
    return sentence[:1].upper() + sentence[1:]


def typed(value: object) -> str:
    """Return a legal value exactly as it can be typed."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def picture_problem(problem: PictureProblem, values: Values) -> str:
    """Return what is wrong with a picture, to follow its name."""
    limit, words = values.get("limit"), _LIMITS.get(problem)
    return _PICTURES[problem].format(limit=words(limit) if limit and words else "")


def _picture(values: Values) -> str:
    name = f" ({quoted(values['name'])})" if values.get("name") else ""
    problem = PictureProblem(str(values["problem"]))
    which = f"Picture {values['position']}" if "position" in values else "The mask"
    return f"{which}{name} {picture_problem(problem, values)}"


def _references_missing(values: Values) -> str:
    minimum = values["limit"]
    return f"This model changes pictures: add {'one' if minimum == 1 else f'at least {minimum}'}."


def _reference_ratio(values: Values) -> str:
    edge = "strictly between" if values["open"] else "between"
    return (
        f"Picture {values['position']} is {values['width']}x{values['height']}: too long and "
        f"narrow. Its width to height must be {edge} {ratio(values['low'])} and "
        f"{ratio(values['high'])}."
    )


def _model_off(values: Values) -> str:
    if not values["model"]:
        return "No model is available at the moment. Please try again later."
    return f"The model {quoted(values['model'])} is not available here."


def _operation(values: Values) -> str:
    if values["operation"] == "edit":
        return f"{values['model']} draws new pictures and cannot change one."
    return f"{values['model']} only changes pictures: it cannot draw a new one."


def _count(values: Values) -> str:
    limit = int(str(values["limit"]))
    if int(str(values["count"])) < 1:
        return "Ask for at least 1 picture."
    if values.get("private"):
        return f"A private answer holds at most {plural(limit, 'picture')}."
    if values.get("related"):
        return f"A related set holds at most {plural(limit, 'picture')} here."
    return f"This model makes at most {plural(limit, 'picture')} at once."


def _count_with_references(values: Values) -> str:
    references = int(str(values["references"]))
    most = int(str(values["limit"]))
    return (
        f"With {plural(references, 'reference picture')} at most {plural(most, 'picture')} can be "
        f"made at once: {values['total']} together."
    )


def _option_choice(values: Values) -> str:
    legal = listed(_items(values["legal"]))
    return f"{quoted(values['value'])} is no {values['option']} of this model: it has {legal}."


def _option_needs(values: Values) -> str:
    legal = listed(_items(values["legal"]))
    return f"{values['option']} {quoted(values['value'])} needs the {values['other']} {legal}."


def _unreadable_size(values: Values) -> str:
    legal = listed(_items(values["legal"]))
    return f"{quoted(values['size'])} is not a size. Write {legal}, or WIDTHxHEIGHT."


def _items(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, tuple | list | frozenset) else (value,)


def _flag_value(values: Values) -> str:
    if not values["value"]:
        return f"{values['flag']} needs a value behind it."
    return f"{quoted(values['value'])} is no value for {values['flag']}."


_K = ViolationKind

_SENTENCES: dict[ViolationKind, _Sentence] = {
    _K.PROMPT_EMPTY: lambda v: "The prompt is empty: say what you would like to see.",
    _K.PROMPT_TOO_LONG: lambda v: (
        f"The prompt has {number(v['length'])} characters; at most {number(v['limit'])} are "
        "possible."
    ),
    _K.MODEL_UNKNOWN: lambda v: f"There is no model {quoted(v['model'])}.",
    _K.MODEL_OFF: _model_off,
    _K.OPERATION_NOT_OFFERED: _operation,
    _K.REFERENCE_MISSING: _references_missing,
    _K.REFERENCE_NOT_TAKEN: lambda v: "This model takes no reference pictures: leave them out.",
    _K.REFERENCES_TOO_MANY: lambda v: (
        f"{number(v['count'])} reference pictures are too many: this model takes at most "
        f"{number(v['limit'])}."
    ),
    _K.REFERENCE_RATIO: _reference_ratio,
    _K.REFERENCE_TOO_SMALL: lambda v: (
        f"Picture {v['position']} is {v['width']}x{v['height']}: each side must be longer than "
        f"{v['limit']} pixels."
    ),
    _K.REFERENCE_NEEDS_URL: lambda v: (
        f"This model fetches pictures itself: give picture {v['position']} as a public "
        "http(s) address."
    ),
    _K.REFERENCE_NEEDS_CONVERSION: lambda v: (
        f"Picture {v['position']} would have to be converted, and this model takes pictures only "
        "as they are. Please save it as a smaller JPEG or PNG."
    ),
    _K.PICTURE: _picture,
    _K.MASK_NOT_TAKEN: lambda v: "This model takes no mask: leave it out.",
    _K.MASK_RATIO: lambda v: (
        f"The mask is {v['width']}x{v['height']}; it must have the shape of the first picture, "
        f"{v['wanted_width']}x{v['wanted_height']}."
    ),
    _K.SIZE_UNREADABLE: _unreadable_size,
    _K.SIZE_KEYWORD: lambda v: (
        f"The size {quoted(v['size'])} is not possible here: {listed(_items(v['legal']))} would be."
    ),
    _K.SIZE_PIXELS_NOT_TAKEN: lambda v: (
        f"This model takes no size in pixels, only {listed(_items(v['legal']))}."
    ),
    _K.SIZE_TOO_FEW_PIXELS: lambda v: (
        f"{v['size']} has {number(v['pixels'])} pixels; this model needs at least "
        f"{number(v['min_pixels'])}."
    ),
    _K.SIZE_TOO_MANY_PIXELS: lambda v: (
        f"{v['size']} has {number(v['pixels'])} pixels; this model makes at most "
        f"{number(v['max_pixels'])}."
    ),
    _K.SIZE_RATIO: lambda v: (
        f"{v['size']} is too long and narrow: width to height must be between "
        f"{ratio(v['min_ratio'])} and {ratio(v['max_ratio'])}."
    ),
    _K.SIZE_EDGE_TOO_SHORT: lambda v: (
        f"{v['size']} is too small: each side needs at least {number(v['min_edge'])} pixels."
    ),
    _K.SIZE_EDGE_TOO_LONG: lambda v: (
        f"{v['size']} is too large: each side may have at most {number(v['max_edge'])} pixels."
    ),
    _K.SIZE_MULTIPLE: lambda v: (
        f"Width and height of {v['size']} must be multiples of {v['multiple']}."
    ),
    _K.ASPECT_UNKNOWN: lambda v: (
        f"{quoted(v['aspect'])} is not an aspect of this model: it has "
        f"{listed(_items(v['legal']))}."
    ),
    _K.ASPECT_NOT_TAKEN: lambda v: "This model keeps the shape of the picture: leave aspect out.",
    _K.ASPECT_CONTRADICTS_SIZE: lambda v: (
        f"The size {v['size']} is not {v['aspect']}: leave one of the two out."
    ),
    _K.COUNT_RANGE: _count,
    _K.COUNT_WITH_REFERENCES: _count_with_references,
    _K.RELATED_NOT_TAKEN: lambda v: "This model makes no related sets, only separate pictures.",
    _K.OPTION_NOT_TAKEN: lambda v: f"This model has no {v['option']} setting: leave it out.",
    _K.OPTION_RANGE: lambda v: (
        f"{v['option']} must be between {number(v['low'])} and {number(v['high'])}, not "
        f"{number(v['value'])}."
    ),
    _K.OPTION_CHOICE: _option_choice,
    _K.OPTION_NEEDS: _option_needs,
    _K.FLAG_VALUE: _flag_value,
    _K.PRIVATE_NOT_HERE: lambda v: (
        "An answer to a message cannot be private. Use /edit or /imagine with private."
    ),
    _K.MODEL_NOT_HERE: lambda v: f"The model {quoted(v['model'])} is not for you in this server.",
    _K.COUNT_HERE: lambda v: (
        f"In this server one request makes at most {plural(int(str(v['limit'])), 'picture')}."
    ),
    _K.WORD: lambda v: (
        f"This server does not allow {quoted(v['word'])} in prompts. Please say it in other words."
    ),
    _K.NO_SUCH_PICTURE: lambda v: (
        f"There is no picture {v['number']} in this result: it has "
        f"{plural(int(str(v['limit'])), 'picture')}."
    ),
}

# Where the sentence itself does not name the value to type.
_WITH_SUGGESTION = frozenset(
    {
        _K.MODEL_UNKNOWN,
        _K.MODEL_OFF,
        _K.MODEL_NOT_HERE,
        _K.SIZE_UNREADABLE,
        _K.SIZE_KEYWORD,
        _K.SIZE_TOO_FEW_PIXELS,
        _K.SIZE_TOO_MANY_PIXELS,
        _K.SIZE_RATIO,
        _K.SIZE_EDGE_TOO_SHORT,
        _K.SIZE_EDGE_TOO_LONG,
        _K.SIZE_MULTIPLE,
        _K.ASPECT_UNKNOWN,
        _K.OPTION_CHOICE,
        _K.OPTION_NEEDS,
    }
)
