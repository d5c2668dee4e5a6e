"""Reduces what people write to plain letters; knows no list of words.

NFKC and casefold, without what is invisible. Accents are dropped ("café" is read "cafe"), but not
the vowel signs of Thai or Devanagari, nor the marks of ñ and й, which make other words (año).
Letters of other scripts stay what they are; `latin` and `disguised` tell what they pass for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from string import ascii_lowercase

# --- look-alikes: what keyboards and pages with "fancy letters" offer ---------------------------


def _table(letters: Iterable[str], latin: str) -> dict[str, str]:
    return dict(zip(letters, latin, strict=True))


def _alphabet(first: int) -> list[str]:
    return [chr(first + number) for number in range(26)]


# Latin letters in another dress, which NFKC leaves alone: always read as the plain letter.
_SAME = {
    **_table("øłđðħŧƀɨɩıȷɑɡƒŋɲɓƈɖɗɛɦƙƥƭʉʋƴɵʂʐƶɱ", "olddhtbiiijagfnnbcddehkptuvyoszzm"),
    **_table("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"),
    **_table(_alphabet(0x1F150), ascii_lowercase),
    **_table(_alphabet(0x1F170), ascii_lowercase),
    "æ": "ae",
    "œ": "oe",
    # NFKC would make them a part of the name before them.
    "™": " ",
    "℠": " ",
}
_FLAG_LETTERS = _alphabet(0x1F1E6)  # two of them make a flag
# Letters of other scripts, by what the small ones resemble, or else the capitals: Cyrillic, Greek,
# Armenian. One Latin letter each: the word "ηλιος" is to be found in "ΗΛΙΟΣ".
_TWINS = {
    **_table("авекмнорстухяєіјѕһԁԛԝ", "abekmhopctyxreijshdqw"),
    **_table("αβγεζηικμνοπρστυχω", "abyeznikmvonpotuxw"),
    **_table("օսհոցզքյ", "ouhngqpj"),
    **_table(_FLAG_LETTERS, ascii_lowercase),
    **_table("@$", "as"),
}
_LEET = _table("01345789", "oieastbg")
# 1 passes for i and for l, which are therefore one letter in a disguise.
_TO_LATIN = str.maketrans({**_TWINS, **_LEET, "l": "i"})
# Nobody can tell these from Latin letters: Cyrillic, Greek, Armenian, flags.
_EXACT = frozenset("аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅԜοΑΒΕΖΙΚΜΟΡΤΧօՕ").union(_FLAG_LETTERS)
SIGNS = frozenset("@$").union(_FLAG_LETTERS)


# --- how a text is read -------------------------------------------------------------------------

_JOINING = ("Pd", "Pc", "Sk", "Sm", "So")
_JOINING_CHARACTERS = "*\\·•"
_LONGEST_EXPANSION = 4

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN = re.compile(f"[{_HAN}]")
_UNSPACED_CHARACTER = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    f"\u1100-\u11ff\u3031-\u3035\u3040-\u312f\u31f0-\u31ff{_HAN}]"  # Korean, Japanese, bopomofo
)
# Accents, Hebrew points, Arabic vowels and the Arabic stretch: no letter needs them.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1-\u05c7\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f]"
)
_OWN_LETTERS = ("n\u0303", "и\u0306")
_OWN_MARKS = "\u0303\u0306"
# Not of category Cf, yet nothing is seen of them: fillers, selectors, the empty Braille cell.
_INVISIBLE = re.compile(
    "[\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    """Return how one character is read; what follows it never matters (NFKD, not NFKC)."""
    if character in _OWN_MARKS:
        return character
    plain = _bare(_bare(character).casefold())
    # U+FDFA stands for four words: thousands of it would be a text of seventy thousand letters.
    if len(plain) > _LONGEST_EXPANSION:
        return " "
    return "".join(_class(c) for part in plain for c in _SAME.get(part, part))


def _bare(text: str) -> str:
    if text in _SAME:
        return _SAME[text]
    text = unicodedata.normalize("NFKD", text)
    return text if text.casefold() in _OWN_LETTERS else _ACCENT.sub("", text)


def _class(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if category in ("Cf", "Cc") or _INVISIBLE.match(character):
        return ""
    if category[0] in "LMN" or character in SIGNS:
        return character
    return "-" if category in _JOINING or character in _JOINING_CHARACTERS else " "


def read(text: str) -> tuple[str, list[int]]:
    """Return the reading of a text, and for each of its characters the place in the text.

    Letters, digits, marks and SIGNS are themselves; of the rest, what may stand inside a word is
    read as a hyphen, and what separates words as a blank.
    """
    pieces = list(map(_fold, text))
    reading = "".join(pieces)
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    if reading.isascii() or not any(map(unicodedata.combining, reading)):
        return reading, places
    # Marks in canonical order (normalize() takes quadratic time for thousands of them), then
    # those accents dropped that could have made a letter and did not.
    kept: list[tuple[str, int]] = []
    for character, place in zip(_ordered(reading), places, strict=True):
        before = kept[-1][0] if kept else ""
        if character not in _OWN_MARKS or before + character in _OWN_LETTERS:
            kept.append((character, place))
    return "".join(character for character, _ in kept), [place for _, place in kept]


def _ordered(reading: str) -> Iterator[str]:
    marks: list[str] = []
    for character in reading:
        if unicodedata.combining(character):
            marks.append(character)
            continue
        yield from sorted(marks, key=unicodedata.combining)
        marks.clear()
        yield character
    yield from sorted(marks, key=unicodedata.combining)


@lru_cache(maxsize=8192)
def continues(character: str) -> bool:
    """Tell whether a character is part of the one before it: a mark, a later jamo of Hangul."""
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=8192)
def unspaced(character: str) -> bool:
    """Tell whether a character's script writes words together, or nearly so (Korean)."""
    return _UNSPACED_CHARACTER.match(character) is not None


# --- what letters pass for ----------------------------------------------------------------------


def latin(letters: str) -> str:
    """Return letters of a reading as the Latin ones they resemble, one for one."""
    return letters.translate(_TO_LATIN)


def disguised(letters: str, shown: str) -> bool:
    """Tell whether letters of other scripts, or digits, are to be taken for Latin letters.

    They are in a word that also has Latin letters (no language mixes scripts inside a word), in
    one where each character looks exactly like a Latin letter, and as digits where they are fewer
    than the letters: "b4d", but not "5s", "80s" or "1080p".
    """
    has_latin = any("a" <= letter <= "z" for letter in letters)
    foreign = any(letter in _TWINS for letter in letters)
    written = [character for character in shown if character.isalpha() or character in _EXACT]
    exact = bool(written) and all(character in _EXACT for character in written)
    digits = sum(map(str.isdigit, letters))
    return (has_latin and foreign) or exact or 0 < digits < sum(map(str.isalpha, letters))
