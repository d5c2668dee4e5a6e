"""The sentence of each violation: what is wrong, the limit, and the nearest legal value."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.catalog import Operation
from bot.domain.errors import PictureProblem
from bot.domain.requests.request import Violation, ViolationKind
from bot.ui.language import Phrase, _
from bot.ui.messages.commands import option_name
from bot.ui.messages.words import (
    capital,
    listed,
    megabytes,
    number,
    plural,
    quoted,
    ratio,
    sentences,
)

Values = Mapping[str, object]
_Sentence = Callable[[Values], str]

_PICTURES: dict[PictureProblem, Phrase] = {
    PictureProblem.NOT_A_PICTURE: Phrase(
        "{picture} is not a picture. Please use PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF."
    ),
    PictureProblem.BROKEN: Phrase(
        "{picture} is damaged or incomplete. Please save it again and retry."
    ),
    PictureProblem.TOO_MANY_PIXELS: Phrase("{picture} has too many pixels. Please scale it down."),
    PictureProblem.TOO_MANY_BYTES: Phrase("{picture} is too large. Please scale it down."),
    PictureProblem.TOO_SMALL: Phrase("{picture} is too small. Please use a larger one."),
    PictureProblem.CANNOT_FIT: Phrase(
        "{picture} cannot be made small enough. One with fewer details may fit."
    ),
    PictureProblem.TIMEOUT: Phrase("{picture} took too long to read. A smaller one may work."),
    PictureProblem.MEMORY: Phrase(
        "{picture} needs too much memory to read. A smaller one may work."
    ),
    PictureProblem.CRASHED: Phrase(
        "{picture} could not be read. Please save it again as PNG or JPEG."
    ),
    PictureProblem.MASK_SHAPE: Phrase(
        "{picture} does not have the same shape as its picture. Please make the mask from that "
        "picture."
    ),
    PictureProblem.MASK_KIND: Phrase(
        "{picture} does not work: the parts to change must be transparent, or white on black."
    ),
    PictureProblem.MASK_EMPTY: Phrase(
        "{picture} marks nothing: the parts to change must be transparent, or white on black."
    ),
    PictureProblem.UNREACHABLE: Phrase(
        "{picture} could not be downloaded. Please upload it again."
    ),
    PictureProblem.SLOW_DOWNLOAD: Phrase(
        "{picture} could not be downloaded in time. A smaller one may work."
    ),
    PictureProblem.FORBIDDEN_ADDRESS: Phrase(
        "{picture} has an address that is not allowed. Please use a public one."
    ),
}
# Where the number of the problem is known: the sentence, and how the number is written.
_PICTURES_WITH_LIMIT: dict[PictureProblem, tuple[Phrase, Callable[[object], str]]] = {
    PictureProblem.TOO_MANY_PIXELS: (
        Phrase("{picture} has too many pixels: the limit is {limit}. Please scale it down."),
        number,
    ),
    PictureProblem.TOO_MANY_BYTES: (
        Phrase("{picture} is too large: the limit is {limit}. Please scale it down."),
        megabytes,
    ),
    PictureProblem.TOO_SMALL: (
        Phrase(
            "{picture} is too small: each side must be longer than {limit} pixels. Please use a "
            "larger one."
        ),
        str,
    ),
    PictureProblem.CANNOT_FIT: (
        Phrase(
            "{picture} cannot be made small enough for this model, which takes at most {limit}. "
            "One with fewer details may fit."
        ),
        megabytes,
    ),
}
_NARROW = Phrase(
    "Picture {number} is {size}: too long and narrow. Its ratio of width to height must be "
    "between {low} and {high}."
)
_NARROW_OPEN = Phrase(
    "Picture {number} is {size}: too long and narrow. Its ratio of width to height must be "
    "strictly between {low} and {high}."
)


def violation(item: Violation) -> str:
    """Return the sentence of a violation, in plain text."""
    sentence = _SENTENCES[item.kind](item.values)
    if item.kind in _WITH_SUGGESTION and item.suggestion not in (None, ""):
        sentence = sentences(sentence, _("Try {value}.", value=typed(item.suggestion)))
    return capital(sentence)


def typed(value: object) -> str:
    """Return a legal value exactly as it can be typed."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def picture_problem(problem: PictureProblem, values: Values) -> str:
    """Return what is wrong with a picture or a mask."""
    picture = _("The mask")
    if "position" in values:
        picture = _("Picture {number}", number=values["position"])
    if values.get("name"):
        picture = _("{picture} ({name})", picture=picture, name=quoted(values["name"]))
    if problem in _PICTURES_WITH_LIMIT and (limit := values.get("limit")):
        sentence, written = _PICTURES_WITH_LIMIT[problem]
        return sentence.filled(picture=picture, limit=written(limit))
    return _PICTURES[problem].filled(picture=picture)


def _picture(values: Values) -> str:
    return picture_problem(PictureProblem(str(values["problem"])), values)


def _references_missing(values: Values) -> str:
    if values["limit"] == 1:
        return _("This model changes pictures: add one.")
    return _("This model changes pictures: add at least {limit}.", limit=values["limit"])


def _reference_ratio(values: Values) -> str:
    sentence = _NARROW_OPEN if values["open"] else _NARROW
    return sentence.filled(
        number=values["position"],
        size=_size(values),
        low=ratio(values["low"]),
        high=ratio(values["high"]),
    )


def _size(values: Values) -> str:
    return f"{values['width']}x{values['height']}"


def _prompt_too_long(v: Values) -> str:
    told = _(
        "The prompt has {length} characters; the limit is {limit}. Please shorten it.",
        length=number(v["length"]),
        limit=number(v["limit"]),
    )
    if not v.get("added"):
        return told
    added = _("This server adds {added} characters of its own.", added=number(v["added"]))
    return sentences(told, added)


def _model_off(values: Values) -> str:
    if not values["model"]:
        return _("No model is available at the moment. Please try again later.")
    return _("The model {model} is not available here.", model=quoted(values["model"]))


def _operation(values: Values) -> str:
    if values["operation"] == "edit":
        return _("{model} can only make new pictures, not change one.", model=values["model"])
    return _("{model} can only change pictures, not make new ones.", model=values["model"])


def _count(values: Values) -> str:
    if int(str(values["count"])) < 1:
        return _("Ask for at least 1 picture.")
    most = _pictures(values)
    if values.get("private"):
        return _("A private result can have at most {pictures}.", pictures=most)
    if values.get("related"):
        return _("A related set can have at most {pictures} here.", pictures=most)
    return _("This model makes at most {pictures} at once.", pictures=most)


def _pictures(values: Values) -> str:
    return plural(int(str(values["limit"])), "picture")


def _legal(values: Values) -> str:
    return _items(values["legal"])


def _items(value: object) -> str:
    return listed(value if isinstance(value, tuple | list | frozenset) else (value,))


def _option(name: object) -> str:
    return option_name(str(name))


def _flag_value(values: Values) -> str:
    if not values["value"]:
        return _("{flag} needs a value after it.", flag=values["flag"])
    return _(
        "{value} is not a valid value for {flag}.",
        value=quoted(values["value"]),
        flag=values["flag"],
    )


_K = ViolationKind

_SENTENCES: dict[ViolationKind, _Sentence] = {
    _K.PROMPT_EMPTY: lambda v: (
        _("The prompt is empty: say what to change.")
        if v.get("operation") == Operation.EDIT
        else _("The prompt is empty: say what you would like to see.")
    ),
    _K.PROMPT_TOO_LONG: _prompt_too_long,
    _K.STYLE_UNKNOWN: lambda v: _(
        "There is no style {style} here. /style list shows them.", style=quoted(v["style"])
    ),
    _K.VARIATIONS_OFF: lambda v: _(
        "This server has turned off other versions, larger ones and the like."
    ),
    _K.STYLES_OFF: lambda v: _("This server has turned styles off. Please leave it out."),
    _K.MODEL_UNKNOWN: lambda v: _("There is no model {model}.", model=quoted(v["model"])),
    _K.MODEL_UNCLEAR: lambda v: _(
        "{model} can mean several models: {models}. Please name one.",
        model=quoted(v["model"]),
        models=_items(v["models"]),
    ),
    _K.MODEL_OFF: _model_off,
    _K.OPERATION_NOT_OFFERED: _operation,
    _K.REFERENCE_MISSING: _references_missing,
    _K.REFERENCE_NOT_TAKEN: lambda v: _(
        "This model does not use reference pictures. Please leave them out."
    ),
    _K.REFERENCES_TOO_MANY: lambda v: _(
        "{count} reference pictures are too many: this model uses at most {limit}.",
        count=number(v["count"]),
        limit=number(v["limit"]),
    ),
    _K.REFERENCE_RATIO: _reference_ratio,
    _K.REFERENCE_TOO_SMALL: lambda v: _(
        "Picture {number} is {size}: each side must be longer than {limit} pixels.",
        number=v["position"],
        size=_size(v),
        limit=v["limit"],
    ),
    _K.REFERENCE_NEEDS_URL: lambda v: _(
        "This model fetches pictures itself: give picture {number} as a public http(s) address.",
        number=v["position"],
    ),
    _K.REFERENCE_NEEDS_CONVERSION: lambda v: _(
        "Picture {number} needs to be converted, but this model takes pictures only as they are. "
        "Please save it as a smaller JPEG or PNG.",
        number=v["position"],
    ),
    _K.PICTURE: _picture,
    _K.MASK_NOT_TAKEN: lambda v: _("This model does not use a mask. Please leave it out."),
    _K.MASK_RATIO: lambda v: _(
        "The mask is {size}; it must have the shape of the first picture, {wanted}.",
        size=_size(v),
        wanted=f"{v['wanted_width']}x{v['wanted_height']}",
    ),
    _K.SIZE_UNREADABLE: lambda v: _(
        "{size} is not a size. Write {legal}, or WIDTHxHEIGHT.",
        size=quoted(v["size"]),
        legal=_legal(v),
    ),
    _K.SIZE_KEYWORD: lambda v: _(
        "The size {size} is not possible here. The sizes are {legal}.",
        size=quoted(v["size"]),
        legal=_legal(v),
    ),
    _K.SIZE_PIXELS_NOT_TAKEN: lambda v: _(
        "This model does not take a size in pixels. Use {legal}.", legal=_legal(v)
    ),
    _K.SIZE_TOO_FEW_PIXELS: lambda v: _(
        "{size} has {pixels} pixels; this model needs at least {limit}.",
        size=v["size"],
        pixels=number(v["pixels"]),
        limit=number(v["min_pixels"]),
    ),
    _K.SIZE_TOO_MANY_PIXELS: lambda v: _(
        "{size} has {pixels} pixels; this model makes at most {limit}.",
        size=v["size"],
        pixels=number(v["pixels"]),
        limit=number(v["max_pixels"]),
    ),
    _K.SIZE_RATIO: lambda v: _(
        "{size} is too long and narrow: the ratio of width to height must be between {low} and "
        "{high}.",
        size=v["size"],
        low=ratio(v["min_ratio"]),
        high=ratio(v["max_ratio"]),
    ),
    _K.SIZE_EDGE_TOO_SHORT: lambda v: _(
        "{size} is too small: each side needs at least {limit} pixels.",
        size=v["size"],
        limit=number(v["min_edge"]),
    ),
    _K.SIZE_EDGE_TOO_LONG: lambda v: _(
        "{size} is too large: each side can have at most {limit} pixels.",
        size=v["size"],
        limit=number(v["max_edge"]),
    ),
    _K.SIZE_MULTIPLE: lambda v: _(
        "Width and height of {size} must be multiples of {multiple}.",
        size=v["size"],
        multiple=v["multiple"],
    ),
    _K.ASPECT_UNKNOWN: lambda v: _(
        "This model does not have the aspect {aspect}. It has {legal}.",
        aspect=quoted(v["aspect"]),
        legal=_legal(v),
    ),
    _K.ASPECT_NOT_TAKEN: lambda v: _(
        "This model keeps the shape of the picture. Please leave {option} out.",
        option=_option("aspect"),
    ),
    _K.ASPECT_CONTRADICTS_SIZE: lambda v: _(
        "The size {size} does not match the aspect {aspect}. Please leave one of them out.",
        size=v["size"],
        aspect=v["aspect"],
    ),
    _K.COUNT_RANGE: _count,
    _K.COUNT_WITH_REFERENCES: lambda v: _(
        "With {references}, this model makes at most {pictures} at once: {total} in total.",
        references=plural(int(str(v["references"])), "reference picture"),
        pictures=_pictures(v),
        total=v["total"],
    ),
    _K.RELATED_NOT_TAKEN: lambda v: _(
        "This model does not make related sets, only separate pictures."
    ),
    _K.OPTION_NOT_TAKEN: lambda v: _(
        "This model does not have the option {option}. Please leave it out.",
        option=_option(v["option"]),
    ),
    _K.WATERMARK_BY_LAW: lambda v: _(
        "The mark that shows a picture was made by AI cannot be switched off here: this bot's "
        "operator follows a law that asks for it. Please leave the option out."
    ),
    _K.OPTION_RANGE: lambda v: _(
        "{option} must be between {low} and {high}, not {value}.",
        option=_option(v["option"]),
        low=number(v["low"]),
        high=number(v["high"]),
        value=number(v["value"]),
    ),
    _K.OPTION_CHOICE: lambda v: _(
        "The option {option} of this model cannot be {value}. It can be {legal}.",
        value=quoted(v["value"]),
        option=_option(v["option"]),
        legal=_legal(v),
    ),
    _K.OPTION_NEEDS: lambda v: _(
        "{option} {value} works only with {other} {legal}.",
        option=_option(v["option"]),
        value=quoted(v["value"]),
        other=_option(v["other"]),
        legal=_legal(v),
    ),
    _K.FLAG_VALUE: _flag_value,
    _K.PRIVATE_NOT_HERE: lambda v: _(
        "A reply to a message cannot be private. Use /edit or /imagine with {option}.",
        option=_option("private"),
    ),
    _K.MODEL_NOT_HERE: lambda v: _(
        "You cannot use the model {model} in this server.", model=quoted(v["model"])
    ),
    _K.COUNT_HERE: lambda v: _(
        "In this server, one request can have at most {pictures}.", pictures=_pictures(v)
    ),
    _K.WORD: lambda v: _(
        "This server does not allow {word} in prompts. Please use other words.",
        word=quoted(v["word"]),
    ),
    _K.NO_SUCH_PICTURE: lambda v: _(
        "There is no picture {number} in this result: it has {pictures}.",
        number=v["number"],
        pictures=_pictures(v),
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
