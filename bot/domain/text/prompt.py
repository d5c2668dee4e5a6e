"""Reads what people type where there are no options: words, flags, and picture numbers.

Knows no models and no Discord but its way to write a mention; forgives what phones make of
`--ar 16:9` and `2:`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.requests.request import (
    Note,
    NoteKind,
    Violation,
    ViolationKind,
)
from bot.domain.text.flags import (
    BARE,
    FLAGS,
    MIDJOURNEY,
    MIDJOURNEY_WORDS,
    MODEL,
    NAME,
    STYLE,
    VALUED,
    Value,
)
from bot.domain.text.picture_numbers import Numbered, leading_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedText:
    """What a text asks for.

    `numbers` are the pictures meant, from 1. `options` are values for a Draft by their names,
    `flags` how they were typed. `explicit`: it begins with a number or a flag, which nobody types
    by chance. `problems` are flags whose value cannot be read. `notes` are flags that Easel does
    not have, and those in quotation marks: all but some of Midjourney's stay in the prompt.
    """

    prompt: str
    numbers: tuple[int, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict[str, Value])
    flags: Mapping[str, str] = field(default_factory=dict[str, str])
    private: bool = False
    spoiler: bool = False
    explicit: bool = False
    problems: tuple[Violation, ...] = ()
    notes: tuple[Note, ...] = ()


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
_STUCK = re.compile(r"(?P<dash>-{2,3}|—{1,2}-?)(?P<name>[a-z]+(?:-[a-z]+)*)", re.I)
_FLAG = re.compile(rf"(?<![^\s,;.!?]){_STUCK.pattern}", re.I)
_SWITCH = re.compile(r"=(?:(?P<on>true|yes|on|1)|false|no|off|0)(?!\w)", re.I)
_BETWEEN = r"\s*[=:]?\s*(?P<value>%s)(?![a-z0-9:]|\.\d)"
_TOKEN = re.compile(r"\s*[=:]?\s*(?P<value>[^\s-]\S*)?")
_AFTER = re.compile(r"(?:[,;.]+(?=\s|$))?")
_LAST = re.compile(r"\s*(?:$|[,;]*\s*[-—])")
# Words to be drawn, not to be followed, unless it is all. An inch sign stands behind a digit.
_QUOTED = re.compile(r"""(?<![^\s,;.!?:(])(?:"[^"]+"|`+[^`]+`+)(?![^\s,;.!?:)—-])""")
# These tell their beginning from their end, and Chinese writes them without blanks.
_DIRECTED = re.compile(r"“[^”]+”|「[^」]+」|『[^』]+』|«[^»]+»")
_WRAPPED = re.compile(r"""\s*("|`+)(?P<inner>[^"`]+)\1\s*""")
_NEAR = 0.6
_VERY_NEAR = 0.75
# A ticket names so many, which is more than anybody mistypes.
_MOST_NAMED = 5


def read(text: str, *, with_numbers: bool = True, pictures: int = 0) -> ParsedText:
    """Take flags, and numbers of pictures, out of a text; what is left is the prompt.

    `pictures` is how many there are to choose from, where it is known.
    """
    folded = "".join(map(_fold, text))
    if wrapped := _WRAPPED.fullmatch(folded):
        text_inside = text[slice(*wrapped.span("inner"))]
        inner = read(text_inside, with_numbers=with_numbers, pictures=pictures)
        if inner.flags or inner.problems or inner.notes:
            return inner
    numbered = leading_numbers(folded, pictures) if with_numbers else None
    start = numbered.end if numbered else 0
    flags = list(_flags(text, folded, start))
    options: dict[str, Value] = {}
    typed: dict[str, str] = {}
    for flag in flags:
        options.update(flag.value)
        typed.update(dict.fromkeys(flag.value, flag.typed))
    begins = bool(flags) and flags[0].taken and not text[start : flags[0].start].strip()
    return ParsedText(
        prompt=_without(text, start, flags),
        numbers=numbered.numbers if numbered else (),
        private=bool(options.pop("private", False)),
        spoiler=bool(options.pop("spoiler", False)),
        options=options,
        flags=typed,
        explicit=bool(numbered) or begins,
        problems=tuple(flag.problem for flag in flags if flag.problem),
        notes=(*_guessed(numbered), *_named(flag.note for flag in flags if flag.note)),
    )


def _guessed(numbered: Numbered | None) -> Iterator[Note]:
    if numbered is not None and numbered.guessed:
        yield Note(kind=NoteKind.NUMBER_GUESSED, values={"numbers": list(numbered.numbers)})


def without_mention(text: str, user_id: int) -> tuple[str, bool]:
    """Take the mentions of somebody out of a text; tell whether it began with one."""
    mention = re.compile(rf"<@!?{user_id}>[,:]?")
    began = mention.match(text.lstrip()) is not None
    return mention.sub(" ", text).strip(), began


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One flag in the text, from `start` to `end`; one that stays there takes no room."""

    start: int
    end: int
    typed: str = ""
    value: Mapping[str, Value] = field(default_factory=dict[str, Value])
    problem: Violation | None = None
    note: Note | None = None

    @property
    def taken(self) -> bool:
        return self.start < self.end


def _flags(text: str, folded: str, start: int) -> Iterator[_Found]:
    quoted = [match.span() for match in _QUOTED.finditer(folded, start)]
    quoted += [match.span() for match in _DIRECTED.finditer(text, start)]
    position = start
    # One may stand right behind another: 16:9—n 2.
    while match := (_STUCK.match(folded, position) if position > start else None) or _FLAG.search(
        folded, position
    ):
        name = match["name"].lower()
        if any(begin < match.start() < end for begin, end in quoted):
            found = _in_quotes(match, name)
        else:
            found = _midjourney(folded, match, name) or _known(folded, match, name)
            found = found or _unknown(match, name)
        position = match.end() if found is None else found.end
        if found is not None:
            yield found


def _known(folded: str, match: re.Match[str], name: str) -> _Found | None:
    start, end = match.span()
    # A long dash may be punctuation before a word that happens to be a flag's name.
    dash = match["dash"] in _LONG_DASHES
    if name in BARE:
        key, value = BARE[name]
        if dash and not _LAST.match(folded, end):
            return None
        if switch := _SWITCH.match(folded, end):
            end, value = switch.end(), value is bool(switch["on"])
        return _Found(start=start, end=_after(folded, end), typed=f"--{name}", value={key: value})
    flag = VALUED.get(name)
    if flag is None:
        return None
    if given := re.compile(_BETWEEN % flag.pattern, re.I).match(folded, end):
        in_words = flag.pattern in (NAME, MODEL, STYLE)
        if dash and in_words and not _LAST.match(folded, given.end()):
            return None
        return _Found(
            start=start,
            end=_after(folded, given.end()),
            typed=f"--{name} {given['value']}",
            value={flag.field: flag.read(given["value"])},
        )
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


def _midjourney(folded: str, match: re.Match[str], name: str) -> _Found | None:
    """Take a flag of Midjourney's out with its value, but not words that still tell something."""
    pattern, end = MIDJOURNEY.get(name), match.end()
    value = re.compile(_BETWEEN % pattern, re.I).match(folded, end) if pattern else None
    dash = match["dash"] in _LONG_DASHES
    if dash and not value:
        return None
    if name == MIDJOURNEY_WORDS:
        return _stays(match, NoteKind.FLAG_NOT_OFFERED, name)
    if pattern is None or (name in VALUED and not value):
        return None
    note = Note(kind=NoteKind.FLAG_NOT_OFFERED, values={"flag": f"--{name}", "left_out": True})
    end = _after(folded, value.end() if value else end)
    return _Found(start=match.start(), end=end, note=note)


def _unknown(match: re.Match[str], name: str) -> _Found | None:
    dash = match["dash"] in _LONG_DASHES
    near = difflib.get_close_matches(name, FLAGS, n=1, cutoff=_VERY_NEAR if dash else _NEAR)
    if name in FLAGS or (dash and not near):
        return None
    return _stays(match, NoteKind.FLAG_UNKNOWN, name, near=f"--{near[0]}" if near else "")


def _in_quotes(match: re.Match[str], name: str) -> _Found | None:
    known = name in FLAGS and match["dash"] not in _LONG_DASHES
    return _stays(match, NoteKind.FLAG_IN_QUOTES, name) if known else None


def _stays(match: re.Match[str], kind: NoteKind, name: str, **values: object) -> _Found:
    note = Note(kind=kind, values={"flag": f"--{name}", **values})
    return _Found(start=match.end(), end=match.end(), note=note)


def _named(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return a note for each flag once, and no more than somebody reads."""
    unique = {str(note.values["flag"]): note for note in notes}
    return tuple(unique.values())[:_MOST_NAMED]


def _after(folded: str, end: int) -> int:
    """Take a comma behind a flag along."""
    match = _AFTER.match(folded, end)
    return match.end() if match else end


def _without(text: str, start: int, flags: list[_Found]) -> str:
    parts: list[str] = []
    for flag in flags:
        if flag.taken:
            parts.append(text[start : flag.start].strip(" \t\u3000\u00a0").rstrip(",;，、"))
            start = flag.end
    parts.append(text[start:].strip(" \t\u3000\u00a0"))
    return " ".join(part for part in parts if part).strip()


def _fold(character: str) -> str:
    """Return one character as keyboards in English write it: the length stays."""
    folded = _FOLDED.get(character) or unicodedata.normalize("NFKC", character)
    folded = _FOLDED.get(folded, folded)
    return folded if len(folded) == 1 else character
