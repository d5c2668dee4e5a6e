"""The lists of `/easel setup`: each setting in one, and none with more than Discord takes."""

from __future__ import annotations

from dataclasses import fields

from bot.domain.message_limits import CHOICES
from bot.domain.server import ServerSettings
from bot.ui import buttons
from bot.ui.cards import setup
from bot.ui.messages.staff import setup as words

# As many settings as may come before somebody has to make a further topic.
SPARE = 5


def test_each_setting_is_in_the_list_of_one_topic() -> None:
    listed = [key for _, keys in words.TOPICS.values() for key in keys]
    assert listed == list(words.ABOUT)
    assert len(set(listed)) == len(listed)
    assert set(listed) < {one.name for one in fields(ServerSettings)}


def test_every_list_has_room_for_more() -> None:
    sizes = [len(keys) for _, keys in words.TOPICS.values()]
    assert max(sizes) <= CHOICES - SPARE, sizes


def test_the_lists_are_told_apart_and_all_of_them_are_answered() -> None:
    names = {setup.menu_id(key) for key in words.ABOUT} | {buttons.SETUP_PAGES_ID}
    assert len(names) == len(words.TOPICS) + 1
    # The only list of earlier releases is answered as well.
    assert all(buttons.SETUP.fullmatch(name) for name in (*names, buttons.SETUP_ID))
