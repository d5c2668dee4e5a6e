"""What is wrong in the configuration and in models of the operator's own, and what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.domain.quotas.quota import AllowanceError
from bot.ui.language import Phrase, _
from bot.ui.messages.operator import setup_problems
from bot.ui.messages.words import commas, listed, quoted

# --- the configuration --------------------------------------------------------------------------

IN_ONE_PIECE = Phrase("there is a space or a line break in it; copy it again")
WEBSOCKET = Phrase("write a websocket address, ws://… or wss://…")
BUCKET = Phrase("write s3://bucket or s3://bucket/prefix")
ORIGIN = Phrase("write scheme, host and port alone, such as https://cdn.example.com")
ORIGINS = Phrase('write a list, such as ["https://cdn.example.com"]')
MASK_ALONE = Phrase("a mask needs edit beside it")
IDS = Phrase("write a list, such as [1234, 5678]")
NAMES = Phrase('write a list, such as ["prompts", "results"]')


def header_name(name: str) -> str:
    """Say that a header cannot be called so."""
    return _("{name} cannot be the name of a header, or is there twice", name=quoted(name))


def header_taken(name: str) -> str:
    """Say that a header is one of Easel's own."""
    return _("remove {name}: Easel sets it itself", name=name)


def header_value(name: str) -> str:
    """Say that a header has no value that can be sent; the value may be a secret."""
    return _("the value of {name} is empty, or has letters that a header cannot have", name=name)


def of_one_kind(names: Iterable[str], kind: str) -> str:
    """Say that settings belong to another kind of provider."""
    return _(
        "remove {settings}: only providers of kind {kind} take this setting",
        settings=listed(names, "and"),
        kind=kind,
    )


def at(place: str, mistake: str) -> str:
    """Say where a mistake is."""
    return _("{place}: {mistake}", place=place, mistake=mistake)


def unknown(place: str, near: str | None) -> str:
    """Say that there is no such setting."""
    return near_by(_("{place} is not a known setting", place=place), near)


def lacking(place: str, key: str, near: str | None) -> str:
    """Say that a table needs another key."""
    return near_by(_("{place}: {key} is missing", place=place, key=key), near)


def near_by(mistake: str, near: str | None) -> str:
    """Ask whether something was meant that is written alike."""
    return _("{mistake}; did you mean {near}?", mistake=mistake, near=near) if near else mistake


# --- values, by what pydantic calls their mistakes ------------------------------------------------

_ADDRESS = Phrase("write an address, http://… or https://…")
_NUMBER = Phrase("write a number")
_TABLE = Phrase("this must be a table, not a single value")
_TEXT = Phrase("write a text, in quotation marks")
_WHOLE = Phrase("write a whole number")
_EMPTY = Phrase("it must not be empty")
_KINDS: dict[str, Phrase] = {
    "bool_parsing": Phrase("write true or false"),
    "bool_type": Phrase("write true or false"),
    "dict_type": _TABLE,
    "extra_forbidden": Phrase("Extra inputs are not permitted"),
    "finite_number": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "frozen_set_type": Phrase("write a list"),
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "missing": Phrase("Field required"),
    "model_type": _TABLE,
    "path_type": _TEXT,
    "string_too_short": _EMPTY,
    "string_type": _TEXT,
    "too_short": _EMPTY,
    "tuple_type": Phrase("write a list"),
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
}
_WITH_VALUES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "enum": lambda v: _one_of(v["expected"]),
    "greater_than_equal": lambda v: _("write {least} or more", least=v["ge"]),
    "less_than": lambda v: _("write less than {limit}", limit=v["lt"]),
    "less_than_equal": lambda v: _("write {most} or less", most=v["le"]),
    "literal_error": lambda v: _one_of(v["expected"]),
    "string_too_long": lambda v: _("write at most {count} characters", count=v["max_length"]),
    "value_error": lambda v: _said(v["error"]),
}


def value(kind: str, values: Mapping[str, Any], otherwise: str) -> str:
    """Say what is wrong with a value, and what to write; `otherwise` for what has no words here."""
    if kind in _KINDS:
        return str(_KINDS[kind])
    return _WITH_VALUES[kind](values) if kind in _WITH_VALUES else otherwise


def _one_of(expected: str) -> str:
    return _("write {choices}", choices=listed(re.findall(r"'[^']*'", expected)))


def _said(error: ValueError) -> str:
    return setup_problems.allowance(error) if isinstance(error, AllowanceError) else str(error)


# --- models ---------------------------------------------------------------------------------------

RATIO = Phrase('write a ratio as text, such as "1/16"')
SIZE = Phrase("write a size as WIDTHxHEIGHT")
PRICE = Phrase("write a price as a number with at most six decimals, such as 0.04")
NO_SIZES = Phrase("sizes need a default or presets")
DOUBTFUL = Phrase("each doubtful size must be one of the keywords")
FORMATS = Phrase("formats need jpeg and png: others are converted to these")
HALF_A_RANGE = Phrase("a range needs both minimum and maximum")
NO_DEFAULT = Phrase("an option that is always sent needs a default")
NO_TABLE = Phrase("this must be a table or a list, not a single value")


def leaves_nothing(what: str, low: object, high: object) -> str:
    """Say that a smallest and a largest value exclude each other."""
    return _("min_{what} {low} and max_{what} {high} allow no value", what=what, low=low, high=high)


def unknown_aspects(wrong: Iterable[str], known: Iterable[str]) -> str:
    """Say which shapes do not exist."""
    return _("unknown aspects {wrong}; known: {known}", wrong=sorted(wrong), known=commas(known))


def no_preset(tier: str) -> str:
    """Say that the tier for requests without one offers no size."""
    return _("the tier {tier} (default_tier) has no valid preset", tier=repr(tier))


def illegal_default(size: str) -> str:
    """Say that the size for requests without one is not allowed."""
    return _("the default {size} is not within the limits", size=size)


def turned_around(minimum: int, maximum: int) -> str:
    """Say that fewer are allowed than needed."""
    return _("minimum {minimum} is more than maximum {maximum}", minimum=minimum, maximum=maximum)


def no_option(name: str, near: str | None) -> str:
    """Say that there is no such option."""
    return near_by(_("there is no option {name}", name=repr(name)), near)


def no_rule(name: str, table: str, known: Iterable[str]) -> str:
    """Say that there is no rule of that name."""
    return _(
        "there is no rule {name} in {table}; known: {known}",
        name=repr(name),
        table=table,
        known=commas(known),
    )


def no_model(near: str | None) -> str:
    """Say that a model is neither known nor written in full."""
    return near_by(_("there is no such model; write like = or offers"), near)


def like_nothing(like: object, near: str | None) -> str:
    """Say that a model is to be like one that does not exist."""
    return near_by(_("like = {like} is not a known model", like=repr(like)), near)


def also_nothing(also: object, near: str | None) -> str:
    """Say that the offers of a model that does not exist cannot be added."""
    return near_by(_("also: {model} is not a known model", model=repr(also)), near)


def no_provider(name: str, kind: str, near: str | None) -> str:
    """Say that an offer names a provider that does not exist, or speaks another API."""
    mistake = _("providers: {name} is not a provider of kind {kind}", name=repr(name), kind=kind)
    return near_by(mistake, near)


def key_taken(name: str) -> str:
    """Say that a further key would have the name of another provider."""
    return _("a further key would be called {name}, as another provider is", name=name)


def nothing_to_change(operation: str) -> str:
    """Say that a model does not do what is to be changed of it."""
    return _("there is no {operation} to change: write offers in full", operation=operation)
