"""The sentence of each note: what a member should know about an accepted request."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.requests.request import Note, NoteKind
from bot.ui.language import Phrase, _
from bot.ui.messages.commands import field_name, option_name
from bot.ui.messages.words import listed, number, plural, quoted, sentences

_CHANGES = {
    "format": Phrase("converted"),
    "rotated": Phrase("turned upright"),
    "first_frame": Phrase("reduced to its first frame"),
    "scaled": Phrase("scaled down"),
    "compressed": Phrase("compressed"),
    "tone_mapped": Phrase("tone-mapped from HDR"),
}

SPOILER_INHERITED = Phrase(
    "The result is behind a spoiler, because a picture that it is made from is."
)
_FORMATS = {"jpeg": "JPEG", "webp": "WebP"}

_LEFT_OUT = Phrase("{flag} is a Midjourney flag that I do not have, so I left it out.")
_STAYED = Phrase("{flag} is a Midjourney flag that I do not have, so it stayed in the prompt.")


def note(item: Note) -> str:
    """Return the sentence of a note, in plain text."""
    return _SENTENCES[item.kind](item.values)


def _changed(values: Mapping[str, object]) -> str:
    changes = values["changes"]
    names = changes if isinstance(changes, tuple | list) else ()
    words = listed((_CHANGES.get(str(name), str(name)) for name in names), "and")
    return _(
        "Picture {number} was {changes} for this model.", number=values["position"], changes=words
    )


def _flag_unknown(values: Mapping[str, object]) -> str:
    unknown = _("I do not know {flag}, so it stayed in the prompt.", flag=quoted(values["flag"]))
    if not values["near"]:
        return unknown
    return sentences(unknown, _("The nearest flag is {flag}.", flag=values["near"]))


def _not_offered(values: Mapping[str, object]) -> str:
    sentence = _LEFT_OUT if values.get("left_out") else _STAYED
    return sentence.filled(flag=quoted(values["flag"]))


def _model_chosen(values: Mapping[str, object]) -> str:
    fields = values["fields"]
    names = [field_name(str(one)) for one in fields] if isinstance(fields, tuple | list) else []
    if not names:
        return _(
            "{model} makes this, because {instead} is not available now.",
            model=values["model"],
            instead=values["instead"],
        )
    return _(
        "{model} makes this, because {instead} cannot do what you asked for: {options}.",
        model=values["model"],
        instead=values["instead"],
        options=listed(names, "and"),
    )


def _fields(values: Mapping[str, object]) -> str:
    fields = values["fields"]
    names = [field_name(str(one)) for one in fields] if isinstance(fields, tuple | list) else []
    return listed(names, "and")


def _style_left_out(values: Mapping[str, object]) -> str:
    style, options = quoted(values["style"]), _fields(values)
    if not values["model"]:
        return _("The style {style} is used without its {options}.", style=style, options=options)
    return _(
        "{model} cannot do all of the style {style}, so I left out: {options}.",
        model=values["model"],
        style=style,
        options=options,
    )


def _default_left_out(values: Mapping[str, object]) -> str:
    options = _fields(values)
    if not values["model"]:
        return _("I left out a default of yours that cannot be here: {options}.", options=options)
    return _(
        "I left out defaults of yours that cannot be here, or not with {model}: {options}.",
        model=values["model"],
        options=options,
    )


def _guessed(values: Mapping[str, object]) -> str:
    numbers = values["numbers"]
    meant = listed(numbers if isinstance(numbers, tuple | list) else (numbers,), "and")
    return _(
        "I took {numbers} at the beginning as the picture to change. If it is part of your words, "
        "name the picture before them: “1: {numbers} …”.",
        numbers=meant,
    )


_SENTENCES: dict[NoteKind, Callable[[Mapping[str, object]], str]] = {
    NoteKind.SIZE_DOUBTFUL: lambda v: _(
        "{size} is announced for this model, but the image service may refuse it.", size=v["size"]
    ),
    NoteKind.SIZE_EXPERIMENTAL: lambda v: _(
        "{size} is experimental for this model.", size=v["size"]
    ),
    NoteKind.SET_MAY_TIME_OUT: lambda v: _(
        "A related set of more than {limit} pictures may time out. Separate pictures do not.",
        limit=v["limit"],
    ),
    NoteKind.SET_WITHOUT_COUNT: lambda v: _(
        "A related set has {pictures} if you set no count.",
        pictures=plural(int(str(v["count"])), "picture"),
    ),
    NoteKind.OPTION_DOUBTFUL: lambda v: _(
        "The service may not support {option} {value}.",
        option=option_name(str(v["option"])),
        value=quoted(v["value"]),
    ),
    NoteKind.PROMPT_LONG: lambda v: _(
        "The model may miss details in a prompt of more than {limit} words.",
        limit=number(v["limit"]),
    ),
    NoteKind.REFERENCE_CHANGED: _changed,
    NoteKind.FLAG_UNKNOWN: _flag_unknown,
    NoteKind.FLAG_NOT_OFFERED: _not_offered,
    NoteKind.FLAG_IN_QUOTES: lambda v: _(
        "{flag} is in quotation marks, so it stayed in the prompt.", flag=quoted(v["flag"])
    ),
    NoteKind.MODEL_CHOSEN: _model_chosen,
    NoteKind.OPTION_WINS: lambda v: _(
        "I ignored {flag}, because you also set the option {option}.",
        flag=quoted(v["flag"]),
        option=option_name(str(v["option"])),
    ),
    NoteKind.NUMBER_GUESSED: _guessed,
    NoteKind.STYLE_USED: lambda v: _("With the style {style}.", style=quoted(v["style"])),
    NoteKind.STYLE_ENFORCED: lambda v: _(
        "This server uses the style {style} for every picture.", style=quoted(v["style"])
    ),
    NoteKind.STYLE_LEFT_OUT: _style_left_out,
    NoteKind.DEFAULT_LEFT_OUT: _default_left_out,
    NoteKind.SPOILER_INHERITED: lambda v: str(SPOILER_INHERITED),
    NoteKind.FORMAT_TO_FIT: lambda v: _(
        "Asked for as {format}, so that it is posted as the service made it.",
        format=_FORMATS.get(str(v["format"]), v["format"]),
    ),
    NoteKind.REFERENCE_WILL_BE_FETCHED: lambda v: _(
        "Picture {number} would be fetched from its address and sent with the request.",
        number=v.get("position", 1),
    ),
}
