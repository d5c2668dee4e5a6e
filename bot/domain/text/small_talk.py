"""Tells small talk about a picture from a request for another (docs/spec/requests.md section 3).

A rule of thumb, not understanding: words that only praise, thank or laugh, in the languages
that servers of this kind speak most. What is in doubt is no chatter and gets a pencil.
"""

from __future__ import annotations

import re
import unicodedata

from bot.domain.text.discord_codes import EMOJI

_LINK = re.compile(r"<?(?:https?://|www\.)\S+", re.I)
_ANY_EMOJI = re.compile(rf"{EMOJI.pattern}|:[a-z0-9_+-]{{2,}}:", re.I)
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|@\w+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

# Scripts that write no blanks between words: a character counts as a word.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")

_LAUGHTER = re.compile(
    r"(?:a?(?:ha){2,}h?|b?wa(?:ha)+|(?:he){2,}|(?:hi){2,}|(?:hue){2,}|(?:ja){2,}j?|(?:ka){3,}|"
    r"lo+l(?:ol)*|lmf?ao+|rofl|kek|x+d+|w{2,}|5{3,}|6{3,}|哈+|呵+|嘿+|嘻+|笑+|草|[ㅋᄏ]+|[ㅎᄒ]+)+"
)


def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(text.split())


_THANKS = """
    thx thanks thank ty tysm tyvm cheers gracias danke dank merci obrigado obrigada grazie spasibo
    спасибо спс arigato kudos
"""
_PRAISE = """
    nice neat cool great good wow whoa woah omg amazing awesome beautiful gorgeous lovely love
    loved loves like likes liked perfect perfection excellent brilliant fantastic superb stunning
    incredible impressive cute pretty sick lit fire dope epic based insane wild best beauty
    masterpiece bravo pog poggers sweet rad super wonderful adorable hilarious funny genial genius
    increible bonito lindo schön toll klasse génial magnifique красиво круто класс молодец отлично
"""
_ANSWERS = """
    hi hello hey bye gn gm yay yes yep yeah yup ok okay okey k kk sure no nope nah gg wp
"""
_SMALL_TALK = _vocabulary(_THANKS + _PRAISE + _ANSWERS)
_FILLERS = _vocabulary("""
    a an the i i'm im it it's its this that that's thats these those is are was were so very
    really just quite too much many lot lots of to for you u ya your me my we all and such what
    how one ones bot easel man dude bro guys mate sir job work done well looks look looking turned
    came out oh ah ooh aw aww hah pure absolutely totally damn dang hell holy as always again
    picture pictures pic pics image images art muito mucho muchas muy sehr tres très beaucoup
    большое очень und vielen
""")
# Where no blanks are written, phrases are taken out until nothing is left.
_UNSPACED_TALK = """
    谢谢你 谢谢啦 谢谢 多谢 感谢 辛苦了 太好看了 好看 漂亮 真漂亮 美丽 好美 太美 太棒 很棒 真棒
    好棒 棒 厉害 牛逼 牛批 牛 不错 可以 可爱 好可爱 喜欢 我喜欢 完美 赞 绝了 优秀 酷 好的 收到
    太强了 强 大佬 神作 哇 哇塞 好 太 真 很 非常 了 啊 呀 吧 呢 哦 噢 啦 的 这个 这张
    謝謝 多謝 厲害 不錯 喜歡 讚 優秀
    ありがとうございます ありがとう 有難う 感謝 すごい 凄い すげえ すばらしい 素晴らしい
    かわいい 可愛い きれい 綺麗 いいね いい 良い 最高 素敵 すてき 好き 大好き かっこいい
    上手 神 おお わあ うわ です でした ね よ な
    감사합니다 감사해요 감사 고마워요 고마워 고맙습니다 대박 예쁘다 예뻐요 예쁘네요 멋지다
    멋져요 멋있다 좋아요 좋다 최고 굿 와우 우와 귀여워 완벽
    ขอบคุณ สวยมาก สวย ครับ ค่ะ
"""
_PHRASES = re.compile("|".join(sorted(_vocabulary(_UNSPACED_TALK), key=len, reverse=True)))
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_SCORE = re.compile(r"\b(?:\d{1,3}/\d{1,3}|100)\b")


def asks_for_nothing(text: str) -> bool:
    """Tell whether a text asks for nothing: small talk, or a single word."""
    return is_small_talk(text) or _words(_bare(text)) < 2


def is_small_talk(text: str) -> bool:
    """Tell whether a text only thanks, praises, laughs, links or shows emoji."""
    bare = _PHRASES.sub(" ", _SCORE.sub(" ", _bare(text).casefold()))
    words = [word for word in _WORD.findall(bare) if not _LAUGHTER.fullmatch(word)]
    # Fillers alone may be half a request: "it is too much".
    praise = [word for word in words if _forms(word) & _SMALL_TALK]
    fillers = [word for word in words if _forms(word) & _FILLERS]
    only_fillers = bool(words) and len(fillers) == len(words) and not praise
    return not only_fillers and all(_forms(word) & (_SMALL_TALK | _FILLERS) for word in words)


def _forms(word: str) -> set[str]:
    """Return a word as dictionaries have it: excitement draws letters out, `gooood`."""
    word = word.replace("’", "'")
    return {word, _DRAWN_OUT.sub(r"\1\1", word), _DRAWN_OUT.sub(r"\1", word)}


def _bare(text: str) -> str:
    """Return a text without links, mentions, custom emoji and signs that show no word."""
    text = unicodedata.normalize("NFKC", text)
    for pattern in (_LINK, _ANY_EMOJI, _MENTION):
        text = pattern.sub(" ", text)
    return "".join(c for c in text if unicodedata.category(c) not in ("So", "Sk", "Cf", "Me"))


def _words(text: str) -> int:
    return sum(max(sum(map(_unspaced, word)), 1) for word in _WORD.findall(text))


def _unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_UNSPACED)
