"""Reads what people type where there are no options: words, flags, and picture numbers.

Knows no models and no Discord but its way to write a mention; forgives what phones make of
`--ar 16:9` and `2:`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.requests.request import (
    Note,
    NoteKind,
    Violation,
    ViolationKind,
)

Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """What a text asks for.

    `numbers` are the pictures meant, from 1. `options` are values for a Draft by their names.
    `explicit`: it begins with a number or a flag, which nobody types by chance. `problems` are
    flags whose value cannot be read, `notes` unknown ones, which stay in the prompt.
    """

    prompt: str
    numbers: tuple[int, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict[str, Value])
    private: bool = False
    spoiler: bool = False
    explicit: bool = False
    problems: tuple[Violation, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flag:
    """A flag with a value: the draft's field, how the value looks and how it is read."""

    field: str
    pattern: str
    read: Callable[[str], Value]


def _aspect(text: str) -> str:
    return re.sub("[/x]", ":", text.lower())


def _size(text: str) -> str:
    text = text.lower().replace("*", "x")
    return text.upper() if text.endswith("k") else text


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _format(text: str) -> str:
    return "jpeg" if text.lower() == "jpg" else text.lower()


_WHOLE = r"[+-]?\d{1,12}"
_NAME = r"[a-z]+"
# A name with its version may have a blank in it: Seedream 4.5, or Seedream 5.0 lite.
_MODEL = r'"[^"]+"|[a-z]\w*[ ]\d+\.\d+(?:[ ](?:lite|pro))?|[\w.-]*\w'

_VALUED = {
    "ar": _Flag(field="aspect", pattern=r"auto|\d{1,3}[:/x]\d{1,3}", read=_aspect),
    "n": _Flag(field="count", pattern=_WHOLE, read=int),
    "size": _Flag(field="size", pattern=r"\d{1,2}k|\d{1,6}[x*]\d{1,6}|auto|adaptive", read=_size),
    "seed": _Flag(field="seed", pattern=_WHOLE, read=int),
    "model": _Flag(field="model", pattern=_MODEL, read=lambda text: text.strip('"')),
    "guidance": _Flag(field="guidance", pattern=r"\d{1,3}(?:[.,]\d{1,4})?", read=_number),
    "quality": _Flag(field="quality", pattern=_NAME, read=str.lower),
    "background": _Flag(field="background", pattern=_NAME, read=str.lower),
    "format": _Flag(field="format", pattern=_NAME, read=_format),
    "compression": _Flag(field="compression", pattern=_WHOLE, read=int),
}
_VALUED["aspect"] = _VALUED["ar"]
_VALUED["count"] = _VALUED["n"]
_BARE: Mapping[str, tuple[str, bool]] = {
    "related": ("related", True),
    "separate": ("related", False),
    "watermark": ("watermark", True),
    "no-watermark": ("watermark", False),
    "spoiler": ("spoiler", True),
    "private": ("private", True),
}
FLAGS = (*_VALUED, *_BARE)

# What phones and other keyboards write for `--`, `x`, `:` and `"`.
_LONG_DASH = "—"
# A Chinese keyboard writes two at once.
_LONG_DASHES = (_LONG_DASH, 2 * _LONG_DASH)
_FOLDED = (
    dict.fromkeys("―⸺⸻–‒﹘", _LONG_DASH)
    | dict.fromkeys("‐‑−", "-")
    | dict.fromkeys("×✕✖╳⨯", "x")
    | dict.fromkeys("∶꞉", ":")
    | dict.fromkeys("“”„‟«»「」", '"')
    | dict.fromkeys("、", ",")
)
_FLAG = re.compile(r"(?<![^\s,;.!?])(?P<dash>-{2,3}|—{1,2}-?)(?P<name>[a-z]+(?:-[a-z]+)*)", re.I)
_BETWEEN = r"\s*[=:]?\s*(?P<value>%s)(?![a-z0-9:]|\.\d)"
_TOKEN = re.compile(r"\s*[=:]?\s*(?P<value>[^\s-]\S*)?")
_AFTER = re.compile(r"(?:[,;.]+(?=\s|$))?")
_LAST = re.compile(r"\s*(?:$|[,;]*\s*[-—])")
# `16:9` and `12:30` are no picture numbers: a digit follows their colon.
_NUMBERS = re.compile(r"\s*#?(?P<list>\d{1,2}(?:\s*[,&+]\s*#?\d{1,2})*)\s*:(?!\d)")
_NEAR = 0.6
_VERY_NEAR = 0.75


def read(text: str) -> ParsedText:
    """Take numbers and flags out of a text; what is left is the prompt."""
    folded = "".join(map(_fold, text))
    numbered = _NUMBERS.match(folded)
    numbers = re.findall(r"\d+", numbered["list"]) if numbered else []
    start = numbered.end() if numbered else 0
    flags = list(_flags(folded, start))
    options: dict[str, Value] = {}
    for flag in flags:
        options.update(flag.value)
    begins = bool(flags) and flags[0].known and not text[start : flags[0].start].strip()
    return ParsedText(
        prompt=_without(text, start, flags),
        numbers=tuple(dict.fromkeys(map(int, numbers))),
        private=bool(options.pop("private", False)),
        spoiler=bool(options.pop("spoiler", False)),
        options=options,
        explicit=bool(numbered) or begins,
        problems=tuple(flag.problem for flag in flags if flag.problem),
        notes=tuple(flag.note for flag in flags if flag.note),
    )


def without_mention(text: str, user_id: int) -> tuple[str, bool]:
    """Take the mentions of somebody out of a text; tell whether it began with one."""
    mention = re.compile(rf"<@!?{user_id}>[,:]?")
    began = mention.match(text.lstrip()) is not None
    return mention.sub(" ", text).strip(), began


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One flag in the text, from `start` to `end`; an unknown one is not taken out."""

    start: int
    end: int
    value: Mapping[str, Value] = field(default_factory=dict[str, Value])
    problem: Violation | None = None
    note: Note | None = None

    @property
    def known(self) -> bool:
        return self.note is None


def _flags(folded: str, start: int) -> Iterator[_Found]:
    position = start
    while match := _FLAG.search(folded, position):
        name = match["name"].lower()
        found = _known(folded, match, name) or _unknown(match, name)
        position = match.end() if found is None else found.end
        if found is not None:
            yield found


def _known(folded: str, match: re.Match[str], name: str) -> _Found | None:
    start, end = match.span()
    # A long dash may be punctuation before a word that happens to be a flag's name.
    dash = match["dash"] in _LONG_DASHES
    if name in _BARE:
        key, value = _BARE[name]
        if dash and not _LAST.match(folded, end):
            return None
        return _Found(start=start, end=_after(folded, end), value={key: value})
    flag = _VALUED.get(name)
    if flag is None:
        return None
    if given := re.compile(_BETWEEN % flag.pattern, re.I).match(folded, end):
        in_words = flag.pattern in (_NAME, _MODEL)
        if dash and in_words and not _LAST.match(folded, given.end()):
            return None
        value = flag.read(given["value"])
        return _Found(start=start, end=_after(folded, given.end()), value={flag.field: value})
    if dash:
        return None
    token = _TOKEN.match(folded, end)
    given_text = (token["value"] or "") if token else ""
    problem = Violation(
        field=flag.field,
        kind=ViolationKind.FLAG_VALUE,
        values={"flag": f"--{name}", "value": given_text},
    )
    return _Found(start=start, end=token.end() if token else end, problem=problem)


def _unknown(match: re.Match[str], name: str) -> _Found | None:
    dash = match["dash"] in _LONG_DASHES
    near = difflib.get_close_matches(name, FLAGS, n=1, cutoff=_VERY_NEAR if dash else _NEAR)
    if name in FLAGS or (dash and not near):
        return None
    values = {"flag": f"--{name}", "near": f"--{near[0]}" if near else ""}
    note = Note(kind=NoteKind.FLAG_UNKNOWN, values=values)
    return _Found(start=match.end(), end=match.end(), note=note)


def _after(folded: str, end: int) -> int:
    """Take a comma behind a flag along."""
    match = _AFTER.match(folded, end)
    return match.end() if match else end


def _without(text: str, start: int, flags: list[_Found]) -> str:
    parts: list[str] = []
    for flag in flags:
        if flag.start < flag.end:
            parts.append(text[start : flag.start].strip(" \t\u3000\u00a0").rstrip(",;，、"))
            start = flag.end
    parts.append(text[start:].strip(" \t\u3000\u00a0"))
    return " ".join(part for part in parts if part).strip()


def _fold(character: str) -> str:
    """Return one character as keyboards in English write it: the length stays."""
    folded = _FOLDED.get(character) or unicodedata.normalize("NFKC", character)
    folded = _FOLDED.get(folded, folded)
    return folded if len(folded) == 1 else character
