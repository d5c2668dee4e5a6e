"""How translations are set: bold that ends, and punctuation as a language writes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.languages import catalogs

each_language = pytest.mark.parametrize("file", catalogs.files(), ids=catalogs.language_of)
PUNCTUATION = re.compile(r"[^\w\s]")
SPOKEN_ON = "{first} {next}"


@each_language
def test_what_is_bold_ends_where_it_should(file: Path) -> None:
    """After punctuation, ** ends nothing where a letter follows: “**完成。**下一句”.

    Nor at the end of a text, in a language that puts no space between two sentences.
    """
    catalog = catalogs.read(file)
    joined = catalogs.said(catalog[SPOKEN_ON])[0].replace("{first}", "").replace("{next}", "")
    texts = [said for one in catalog if one.id for said in catalogs.said(one)]
    wrong = [text for text in texts if text.count("**") % 2 or not closed(text, joined)]
    assert wrong == []


def closed(text: str, joined: str) -> bool:
    """Tell whether each bold part of a text ends for CommonMark as well as for Discord."""
    parts = re.sub(r"\{[^{}]*\}", "x", text).split("**")
    for bold, after in zip(parts[1::2], parts[2::2], strict=True):
        follows = (after or f"{joined}x")[0]
        if PUNCTUATION.match(bold[-1]) and not (follows.isspace() or PUNCTUATION.match(follows)):
            return False
    return True


@each_language
def test_chinese_is_set_as_chinese_is(file: Path) -> None:
    """Neither doubled marks, nor Latin ones beside a character, nor spaces around wide ones."""
    if not catalogs.language_of(file).startswith("zh"):
        return
    character = "[\u4e00-\u9fff]"
    odd = re.compile(
        rf"[，。：；！？、]{{2}}|的的|{character}[,;:!?()]|[,;!?()]{character}"
        r"| [，。：；！？、）”]|[，。：；！？、（“] "
    )
    found = [odd.search(said) for one in catalogs.read(file) for said in catalogs.said(one)]
    assert [one[0] + " in " + one.string for one in found if one] == []
