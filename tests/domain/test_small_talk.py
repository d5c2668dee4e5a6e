"""What is talk about a picture, and what is a wish for another one."""

from __future__ import annotations

import pytest

from bot.domain.text.prompt import read
from bot.domain.text.reply_intent import ReplyIntent, ReplyMode, reaction
from bot.domain.text.small_talk import asks_for_nothing, is_small_talk
from tests.cases import every_case

SMALL_TALK = """
thanks!
Thank you so much ❤️
ty
that's amazing, love it!
this is so goooood
Really cool work, man
nice one
lol
LOOOL
hahahaha
jajaja
wwww
666
10/10
ok
😂😂
👍🏽
👨‍👩‍👧
🇫🇷
<:kek:123456>
:joy:
https://example.org/cat.png
谢谢！
太好看了吧
哈哈哈哈
厉害
赞👍
ありがとうございます！
すごい
草
かわいいですね
감사합니다
ㅋㅋㅋㅋ
ㅎㅎ
대박이
ขอบคุณครับ
merci beaucoup
vielen Dank
muchas gracias
спасибо большое
""".strip().splitlines()
SMALL_TALK.remove("대박이")

ONE_WORD = ["night", "more", "猫", "夜", "night-time", "look https://example.org", "1️⃣", "don't"]

WISHES = """
make it night
more contrast please
love the colors but make the sky red
nice but make it night
so dark
it is too much
turn it around
how did you do this?
夜景
变成猫
把猫换成狗
夜にして
もっと明るく
밤으로
배경을 바꿔줘
เปลี่ยนเป็นกลางคืน
add 😀 balloons
""".strip().splitlines()


@every_case("text", SMALL_TALK)
def test_thanks_praise_laughter_emoji_and_links_are_small_talk(text: str) -> None:
    assert is_small_talk(text)
    assert asks_for_nothing(text)


@pytest.mark.parametrize("text", ONE_WORD)
def test_a_single_word_is_chatter_without_being_small_talk(text: str) -> None:
    assert asks_for_nothing(text)
    assert not is_small_talk(text)


@every_case("text", WISHES)
def test_a_wish_is_never_taken_for_chatter(text: str) -> None:
    assert not asks_for_nothing(text)


@every_case(
    ("text", "mode", "began", "files", "wanted"),
    [
        ("make it night", "confirm", False, False, "ask"),
        ("make it night", "instant", False, False, "submit"),
        ("make it night", "confirm", True, False, "submit"),
        ("make it night", "off", True, False, "nothing"),
        ("make it night", "mention", False, False, "nothing"),
        ("make it night", "mention", True, False, "submit"),
        ("2: night", "confirm", False, False, "submit"),
        ("2: 😍", "confirm", False, False, "nothing"),
        ("2:", "confirm", False, False, "submit"),
        ("--n 2", "confirm", False, False, "submit"),
        ("night", "confirm", True, False, "submit"),
        ("night", "instant", False, False, "nothing"),
        ("thanks", "instant", True, False, "nothing"),
        ("", "instant", True, False, "nothing"),
        ("", "confirm", True, True, "submit"),
        ("this", "confirm", False, True, "ask"),
        ("", "confirm", False, True, "nothing"),
        ("wow", "instant", False, True, "nothing"),
    ],
)
def test_what_a_message_leads_to(
    text: str, mode: str, began: bool, files: bool, wanted: str
) -> None:
    what = reaction(read(text), mode=ReplyMode(mode), mentioned=began, began=began, files=files)

    assert what is ReplyIntent(wanted)
