"""The panel of /easel setup: one page with everything, and one for each setting.

Everything on it is found by its custom id, so that any process answers, also after a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.domain.message_limits import CHOICES
from bot.domain.quotas.quota import Limit
from bot.domain.quotas.rules import Rule
from bot.domain.server import ServerSettings
from bot.domain.text.prompt_parts import MOST_CHARACTERS, PromptParts
from bot.services.ports import AuditEntry
from bot.ui import buttons
from bot.ui.cards.audit_log import beside_undo
from bot.ui.cards.cards import GOOD, WAITING, Card
from bot.ui.discord_api import discord_limits
from bot.ui.forms import Form
from bot.ui.language import Text
from bot.ui.messages.staff import audit_log
from bot.ui.messages.staff import limits as limit_words
from bot.ui.messages.staff import setup as words
from bot.ui.messages.words import capital, clip
from bot.ui.text import escaped

MINUTE, HOUR, DAY = 60, 3600, 86400
SPANS = {
    "newcomer_seconds": (0, 10 * MINUTE, HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY),
    "cooldown_seconds": (0, 10, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY),
    "channel_cooldown_seconds": (0, 5, 10, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR),
}
COUNTS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12)
STARS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25)
CHANNELS = ("log_channel", "report_channel", "review_channel", "gallery_channel", "post_to")
ROLES = ("staff_role",)
# Set with a form of their own.
WRITTEN = ("prompt_parts",)
STYLE = "server_style"
# A handful for each part of the world; the form takes any other.
ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/Denver",
    "America/Chicago",
    "America/New_York",
    "America/Mexico_City",
    "America/Bogota",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Jakarta",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
)
OTHER_ZONE = "other"
# Changes at once that have an Undo of their own.
CHANGES = 5
# Below this many characters an overview and a change fit together (4,000 in all).
_CHECK_CHARACTERS = 1200
_CHANGE_CHARACTERS, _ONE_OF_SEVERAL_CHARACTERS = 500, 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the first page shows. `rules` are what is allowed or denied by name, by page.

    `everyone` and `budget` are the limits of who has no other, and of all together;
    `other_limits` counts roles and members with their own.
    """

    settings: ServerSettings
    rules: dict[str, list[str]]
    words: int
    everyone: Sequence[Limit | Rule] = ()
    budget: Sequence[Limit | Rule] = ()
    other_limits: int = 0
    checks: Sequence[str]


def overview(
    shown: Overview,
    entries: Sequence[AuditEntry] = (),
    notes: Sequence[Text] = (),
    *,
    undo: Collection[int] = (),
) -> Card:
    """Return the first page; `entries` are what was just changed, `notes` what else to know.

    `undo` are the ids of the changes that the reader may undo.
    """
    changes = [
        beside_undo(
            clip(
                words.changed(audit_log.what(entry, escaped), audit_log.change(entry, escaped)),
                _CHANGE_CHARACTERS if len(entries) == 1 else _ONE_OF_SEVERAL_CHARACTERS,
            ),
            entry,
            undo,
        )
        for entry in entries[:CHANGES]
    ]
    texts: list[Text] = []
    if more := len(entries[CHANGES:]):
        texts.append(words.more_changed(more))
    texts += notes
    texts.append(words.TITLE)
    texts.append(clip("\n".join(shown.checks), _CHECK_CHARACTERS))
    # In the order of the list below, and of the documentation.
    lines = [_line(shown.settings, key) for key in words.ABOUT]
    lines += [
        words.rules(page, [escaped(rule) for rule in rules]) for page, rules in shown.rules.items()
    ]
    lines.append(words.words(shown.words))
    lines += words.limits(
        limit_words.allowance(shown.everyone) if shown.everyone else None,
        limit_words.allowance(shown.budget) if shown.budget else None,
        shown.other_limits,
    )
    texts.append("\n".join(lines))
    pages = {key: str(label) for key, label in words.PAGES.items()}
    parts: list[ui.Item[Card]] = [*changes, *(ui.TextDisplay(str(text)) for text in texts)]
    return Card(
        *parts,
        *(ui.ActionRow(_topic(topic)) for topic in words.TOPICS),
        ui.ActionRow(_menu(buttons.SETUP_PAGES_ID, words.CHOOSE_PAGE, pages)),
        ui.ActionRow(_back(words.AGAIN)),
        colour=GOOD if entries else WAITING,
    )


def setting(
    settings: ServerSettings, key: str, problem: str | None = None, styles: Sequence[str] = ()
) -> Card:
    """Return the page of one setting; `problem` says why the last choice could not be taken.

    `styles` are the names of those that the server has.
    """
    texts = [f"**{audit_log.SETTINGS[key]}**", words.ABOUT[key], words.now(_value(settings, key))]
    row: list[ui.Button[Card]] = []
    if key in CHANNELS or key in ROLES or key == STYLE:
        none = buttons.setup_button("none", key)
        row.append(ui.Button(label=str(words.NONE), custom_id=none))
    if key in WRITTEN:
        write = buttons.setup_button("write", key)
        row.append(ui.Button(label=str(words.WRITE), custom_id=write))
        return _page(texts, None, row)
    control = _styles(settings, styles) if key == STYLE else _control(settings, key)
    return _page([*([problem] if problem else []), *texts], control, row)


def rules(page: str, named: Sequence[tuple[str, str]]) -> Card:
    """Return the page of what is allowed or denied by name, to take rules away."""
    texts = [f"**{words.PAGES[page]}**", words.RULES[page]]
    listed = clip("\n".join(escaped(text) for _, text in named), discord_limits.LIST_CHARACTERS)
    texts.append(listed or words.now(words.NO_RULES[page]))
    options = [
        discord.SelectOption(label=clip(text, discord_limits.CHOICE_CHARACTERS), value=value)
        for value, text in named[:CHOICES]
    ]
    if not options:
        return _page(texts, None)
    select = ui.Select[Card](
        custom_id=buttons.setup_button("clear", page),
        placeholder=str(words.TAKE_AWAY),
        options=options,
        max_values=len(options),
    )
    return _page(texts, select)


def zone_form(current: str) -> Form:
    """Return the form for a time zone that the list does not have."""
    name = ui.TextInput[Any](custom_id="zone", default=current, required=True, max_length=40)
    field = ui.Label[Any](
        text=str(words.ZONE_FIELD), description=str(words.ZONE_HINT), component=name
    )
    return Form(str(words.ZONE_TITLE), buttons.ZONE_FORM_ID, field)


def parts_form(current: PromptParts) -> Form:
    """Return the form of what goes around every prompt, and of words that none may have."""

    def field(name: str, label: Text, hint: Text | None = None, text: str = "") -> ui.Label[Any]:
        typed = ui.TextInput[Any](
            custom_id=name,
            style=discord.TextStyle.paragraph,
            default=text or None,
            required=False,
            max_length=MOST_CHARACTERS,
        )
        return ui.Label(text=str(label), description=hint and str(hint), component=typed)

    return Form(
        words.PARTS_TITLE,
        buttons.PARTS_FORM_ID,
        field("before", words.PARTS_BEFORE, text=current.before),
        field("after", words.PARTS_AFTER, text=current.after),
        field("never", words.PARTS_NEVER, words.PARTS_NEVER_HINT),
    )


def offered(key: str) -> dict[str, object]:
    """Return what can be chosen for a setting from a list, and the values that are meant."""
    if key in SPANS:
        return {str(span): span for span in SPANS[key]}
    if key == "max_pictures":
        return {str(count): count for count in COUNTS}
    if key == "gallery_stars":
        return {str(count): count for count in STARS}
    if key == "time_zone":
        return {zone: zone for zone in ZONES}
    if key in words.OPTIONS:
        return {value: value for value, *_ in words.OPTIONS[key]}
    return {words.ON: True, words.OFF: False}


def menu_id(key: str) -> str:
    """Return the custom id of the list that has a setting."""
    topic = next(topic for topic, (_, keys) in words.TOPICS.items() if key in keys)
    return buttons.setup_topic(topic)


def _topic(topic: str) -> ui.Select[Card]:
    placeholder, keys = words.TOPICS[topic]
    settings = {key: str(audit_log.SETTINGS[key]) for key in keys}
    return _menu(buttons.setup_topic(topic), placeholder, settings)


def _menu(custom_id: str, placeholder: Text, choices: Mapping[str, str]) -> ui.Select[Card]:
    options = [discord.SelectOption(label=label, value=key) for key, label in choices.items()]
    return ui.Select(custom_id=custom_id, placeholder=str(placeholder), options=options)


def _line(settings: ServerSettings, key: str) -> str:
    return words.setting(audit_log.SETTINGS[key], _value(settings, key))


def _value(settings: ServerSettings, key: str) -> str:
    return audit_log.setting(key, getattr(settings, key), escaped)


def _control(settings: ServerSettings, key: str) -> ui.Item[Card]:
    custom_id = buttons.setup_button("set", key)
    current = getattr(settings, key)
    if key in CHANNELS:
        kinds = [discord.ChannelType.text, discord.ChannelType.news]
        kinds += [discord.ChannelType.public_thread, discord.ChannelType.private_thread]
        if key == "gallery_channel":
            kinds += [discord.ChannelType.forum, discord.ChannelType.media]
        return ui.ChannelSelect[Card](
            custom_id=custom_id, channel_types=kinds, placeholder=str(words.CHOOSE_CHANNEL)
        )
    if key in ROLES:
        return ui.RoleSelect[Card](custom_id=custom_id, placeholder=str(words.CHOOSE_ROLE))
    if key in words.OPTIONS:
        options = [_option(current, *option) for option in words.OPTIONS[key]]
    elif isinstance(current, bool):
        chosen = words.ON if current else words.OFF
        options = [_option(chosen, *option) for option in words.SWITCH]
    else:
        options = [
            _option(str(current), value, audit_log.setting(key, meant, str), "")
            for value, meant in offered(key).items()
        ]
    if key == "time_zone":
        options.append(discord.SelectOption(label=str(words.ZONE_OTHER), value=OTHER_ZONE))
    return ui.Select[Card](custom_id=custom_id, options=options)


def _styles(settings: ServerSettings, names: Sequence[str]) -> ui.Item[Card] | None:
    current = settings.server_style
    options = [
        discord.SelectOption(label=name, value=name, default=name == current)
        for name in names[:CHOICES]
    ]
    if not options:
        return None
    return ui.Select[Card](custom_id=buttons.setup_button("set", STYLE), options=options)


def _option(current: str, value: str, label: Text, about: Text) -> discord.SelectOption:
    return discord.SelectOption(
        label=capital(str(label)),
        value=value,
        description=str(about) or None,
        default=value == current,
    )


def _page(
    texts: Sequence[Text], control: ui.Item[Card] | None, row: Sequence[ui.Button[Card]] = ()
) -> Card:
    parts: list[ui.Item[Card]] = [ui.TextDisplay(str(text)) for text in texts]
    if control is not None:
        parts.append(ui.ActionRow(control))
    return Card(*parts, ui.ActionRow(*row, _back(words.BACK)), colour=WAITING)


def _back(label: Text) -> ui.Button[Card]:
    return ui.Button(label=str(label), custom_id=buttons.SETUP_BACK_ID)
