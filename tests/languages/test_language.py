"""Which language somebody reads, and that each task and each sentence keeps to its own."""

from __future__ import annotations

import asyncio

import pytest

from bot.ui import language
from bot.ui.language import Phrase, _, match, ngettext, speak, speaking, spoken
from bot.ui.messages.words import listed, plural, quoted, sentences
from tests.cases import every_case


@every_case(
    ("locale", "read"),
    [
        ("zh-CN", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh_SG.UTF-8", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        # Another script: its readers have English until somebody writes theirs.
        ("zh-TW", "en-US"),
        ("zh_HK", "en-US"),
        ("zh-Hant", "en-US"),
        ("en-GB", "en-US"),
        ("fr", "en-US"),
        ("C.UTF-8", "en-US"),
        ("", "en-US"),
        (None, "en-US"),
        ("zhx-nonsense", "en-US"),
    ],
)
def test_a_locale_is_read_in_the_nearest_language(locale: str | None, read: str) -> None:
    assert match(locale) == read


@pytest.mark.parametrize(
    ("environment", "read"),
    [
        ({}, "en-US"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en-US"),
        ({"LANG": "de_DE", "LC_MESSAGES": "zh_CN"}, "zh-CN"),
        ({"LANG": "de_DE", "LANGUAGE": "zh_CN:en"}, "zh-CN"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh-CN"),
    ],
)
def test_the_shell_decides_what_is_for_nobody_in_particular(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], read: str
) -> None:
    monkeypatch.setattr(language, "_default", language.ENGLISH)
    language.speak_as_the_shell(environment)
    assert spoken() == read
    with speaking("en-GB"):
        assert spoken() == "en-US"


def test_a_phrase_is_said_in_the_language_of_its_moment() -> None:
    cancel = Phrase("Cancel")
    assert f"{cancel}" == str(cancel) == "Cancel"
    with speaking("zh-CN"):
        assert f"{cancel}" == str(cancel) == "取消"
        with speaking("fr"):
            assert str(cancel) == "Cancel"
        assert str(cancel) == "取消"
    assert str(cancel) == "Cancel"


def test_words_of_people_are_never_taken_for_a_text_with_names() -> None:
    """A prompt may hold braces, and what gettext keeps for itself."""
    with speaking("zh-CN"):
        assert quoted("{0.__class__} {count}") == "“{0.__class__} {count}”"
        assert _("") == ""


def test_lists_numbers_and_sentences_follow_the_language() -> None:
    assert sentences("One.", "", "Two.") == "One. Two."
    with speaking("zh-CN"):
        assert listed(["1K", "2K", "4K"]) == "1K、2K或4K"
        assert listed(["1K", "2K"], "and") == "1K和2K"
        assert plural(1, "picture") == "1 张图片"
        assert plural(1200, "credit") == "1,200 点"
        assert sentences("一。", "", "二。") == "一。二。"
        assert ngettext("Drawing", "Drawing {count} pictures", 2, count=2)[:2] == "正在"


async def test_each_task_speaks_its_own_language() -> None:
    heard: dict[str, str] = {}

    async def work(locale: str, turn: asyncio.Event, other: asyncio.Event) -> None:
        speak(locale)
        other.set()
        await turn.wait()
        # What is begun for somebody is said to them.
        heard[locale] = await asyncio.create_task(asyncio.sleep(0, spoken()))

    first, second = asyncio.Event(), asyncio.Event()
    await asyncio.gather(work("zh-CN", first, second), work("fr", second, first))
    assert heard == {"zh-CN": "zh-CN", "fr": "en-US"}
    assert spoken() == "en-US"
