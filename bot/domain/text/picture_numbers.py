"""The numbers of pictures at the beginning of a reply: "2: darker", "2 make it winter".

A number without a colon may be part of the words ("2 cats on the moon"): it means a picture only
before a word that asks for a change and that nobody counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LIST = r"#?(?P<list>\d{1,2}(?:\s*[,&+]\s*#?\d{1,2})*)"
# `16:9` and `12:30` are no picture numbers: a digit follows their colon.
_WITH_COLON = re.compile(rf"\s*{_LIST}\s*:(?!\d)")

# Nobody counts these; "2 make-up artists" and "2 give me chills" are neither.
_VERBS = (
    r"make(?!\s+(?:me|up)\b)|add|remove|put|give(?!\s+me\b)|delete|erase|darken|brighten|lighten"
    r"|replace|convert|transform|combine|merge|let|redo"
)
# These can stand before what is counted ("2 turn tables"), but not before such a word.
_VERBS_WITH_OBJECT = (
    r"(?:turn|change|swap|crop|zoom|blur|colou?r|paint|draw|use|keep|take|move|rotate|flip|set|fill"
    r"|fix)\s+(?:it|them|him|her|this|that|these|those|the|an?|his|its|their|my|every\w+|all|only"
    r"|into|to)"
)
_CHINESE = (
    "改|变成|变得|换成|换个|换掉|加上|加个|加一|添加|加入|去掉|去除|删|移除|把它|把这|把背景|让它"
    "|给它|转成|画成|做成|调亮|调暗|调成"
)
_WITHOUT_COLON = re.compile(
    rf"\s*第?\s*{_LIST}\s*[张張号號]?\s*[,.)]?\s*"
    rf"(?=(?:(?<=[\s,.)])(?:{_VERBS}|{_VERBS_WITH_OBJECT})(?![\w-]))|{_CHINESE})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """Numbers that were typed, and where the words begin; `guessed` from what follows them."""

    numbers: tuple[int, ...]
    end: int
    guessed: bool = False


def leading_numbers(folded: str, pictures: int) -> Numbered | None:
    """Return the numbers at the beginning of a text as keyboards in English write it.

    `pictures` is how many there are to choose from: without a colon only their numbers count.
    """
    if match := _WITH_COLON.match(folded):
        return Numbered(numbers=_read(match), end=match.end())
    match = _WITHOUT_COLON.match(folded) if pictures > 1 else None
    if match is None or not all(1 <= number <= pictures for number in _read(match)):
        return None
    return Numbered(numbers=_read(match), end=match.end(), guessed=True)


def _read(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(map(int, re.findall(r"\d+", match["list"]))))
