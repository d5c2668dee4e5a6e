"""What the demo's page says: a pinned post with things to try, and stand-ins for menus."""

from __future__ import annotations

from bot.ui.language import Phrase, _

TOPIC = Phrase(
    "What to try: the post that Mora pinned. To find it again, search for “Welcome” under Messages."
)
PHOTO = Phrase("My boat on the lake, last summer.")
# What happened before: pictures that members liked, a style of the server, a comparison.
LIKED = (
    Phrase("A lighthouse in the fog, in ink"),
    Phrase("Paper boats on a pond at night"),
)
COMPARED = Phrase("A tea house in the rain")
STYLE_NAME = Phrase("Ink")
STYLE_WORDS = Phrase("{prompt}, ink on rough paper")
MENU_MESSAGE = Phrase("Which message; without it, the newest with a picture")
MENU_MEMBER = Phrase("Which member")


def welcome(credits_per_day: int) -> str:
    """Return the pinned post."""
    return _(
        """**Welcome to the demo.** The bot is real, everything else is simulated: no account, no \
cost. Everyone has {credits} credits a day. You are Alice, a member; choose somebody else under \
**Viewing as**.

**As a member**
1. `/imagine` with a few words. Then `/imagine` with `count` 3 and `related` set.
2. Reply to a result: `2: make it night`.
3. `/imagine` with `size` 10x10: refused at once, with a size that works. Press **Fix it**.
4. `/imagine` with *forbidden* in the prompt: the image service refuses, and `/quota` shows that \
nothing was charged.
5. `/menu` has the menus that Discord shows under *Apps* of a message or a member: \
`/menu edit-picture` with `message` changes any picture, such as Bob's photo.
6. `/jobs` has all your requests: choose one, then press **Use this prompt** or **Again**.
7. Press **Details** below a result, then **Report**. Type `/quota` and press **Ask for more**.
8. Bob sees your pictures, but not your tickets. 小林 has Discord in Chinese: try `/help`.
9. Lena looks at #gallery: what members liked, and models that were compared. Try `/compare`, and \
`/imagine` with the `style` Ink.

**As staff**
1. Milo and Mora are moderators. Milo looks at #staff-log, where reports and questions arrive: \
answer yours.
2. Mora: `/moderate block` with `member` Bob and `duration` 1 h. Try `/imagine` as Bob. Then \
**Undo** as Mora.
3. Maya manages the server: `/easel setup`; `/limits everyone` with 3 credits a day, then \
`/imagine` as Alice.""",
        credits=credits_per_day,
    )


def message_menu(name: str) -> str:
    """Describe the stand-in for a menu of a message."""
    return _("{menu}: on Discord in the menu of a message, under Apps", menu=name)


def member_menu(name: str) -> str:
    """Describe the stand-in for a menu of a member."""
    return _("{menu}: on Discord in the menu of a member, under Apps", menu=name)
