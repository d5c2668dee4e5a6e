"""Which language somebody reads, and what a sentence is in it: gettext, by the context's language.

English stands in the code and is what everybody reads whose language has no catalog. A catalog is
`locales/LANGUAGE/LC_MESSAGES/easel.po`, compiled beside it by `make messages`.
"""

from __future__ import annotations

import gettext as catalogs
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeAlias

from bot.domain.server import Language

ENGLISH = Language.ENGLISH.value
LANGUAGES = tuple(one.value for one in Language if one is not Language.AUTO)
DOMAIN = "easel"
FOLDER = Path(__file__).parent / "locales"
# Discord's codes, and what catalogs are called: by language and script (BCP 47).
CATALOGS = {"zh-CN": "zh_Hans"}
# Written in the other script, in a shell's way of writing as well as in Discord's.
_TRADITIONAL = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")

_language: ContextVar[str] = ContextVar("language")
_default = ENGLISH


@lru_cache(maxsize=256)
def match(locale: str | None) -> str:
    """Return the language nearest to a locale, of Discord or of a shell, as Discord's code.

    English where there is none nearer. Traditional Chinese is not Simplified Chinese.
    """
    wanted = (locale or "").partition(".")[0].replace("_", "-").casefold()
    if wanted.startswith(_TRADITIONAL):
        return ENGLISH
    family = wanted.partition("-")[0]
    return next((one for one in LANGUAGES if one.partition("-")[0] == family), ENGLISH)


def spoken() -> str:
    """Return the language of this context, as Discord's code."""
    return _language.get(_default)


def speak(locale: str | None) -> None:
    """Say everything in the language nearest to a locale, to the end of this task."""
    _language.set(match(locale))


@contextmanager
def speaking(locale: str | None) -> Iterator[None]:
    """Say everything in the language nearest to a locale meanwhile."""
    before = _language.set(match(locale))
    try:
        yield
    finally:
        _language.reset(before)


def speak_as_the_shell(environment: Mapping[str, str] = os.environ) -> None:
    """Say what is for nobody in particular in the language that the process was started with.

    As gettext's own programs do: LANGUAGE, LC_ALL, LC_MESSAGES, LANG, the first that says one.
    """
    global _default
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environment[name] for name in names if environment.get(name)), "")
    _default = match(said.partition(":")[0])


def _(english: str, /, **values: object) -> str:
    """Return a sentence in the language of this context, its `{names}` filled in."""
    # gettext keeps what a catalog is under no text at all.
    return _filled(_catalog(spoken()).gettext(english) if english else "", values)


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a sentence that fits a number; `{count}` is among the values."""
    return _filled(_catalog(spoken()).ngettext(one, many, count), values)


def pgettext(context: str, english: str, /, **values: object) -> str:
    """Return a text that needs its context to be understood: one word may be two elsewhere."""
    return _filled(_catalog(spoken()).pgettext(context, english), values)


class Phrase:
    """A sentence of a module, said when it is turned into text, in the language of that moment."""

    __slots__ = ("english",)

    def __init__(self, english: str) -> None:
        self.english = english

    def __str__(self) -> str:
        return _(self.english)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"Phrase({self.english!r})"

    def filled(self, **values: object) -> str:
        """Return the sentence with its `{names}` filled in."""
        return _(self.english, **values)


Text: TypeAlias = str | Phrase
"""A sentence for its reader: said already, or not yet."""


def _filled(text: str, values: Mapping[str, object]) -> str:
    return text.format_map(values) if values else text


@cache
def _catalog(language: str) -> catalogs.NullTranslations:
    name = CATALOGS.get(language)
    if name is None:
        return catalogs.NullTranslations()
    return catalogs.translation(DOMAIN, FOLDER, [name])
