"""What the panel of /easel setup says: settings, what they mean, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.ui.messages.words import clip, listed, number, plural

TITLE = "**Easel in this server**"
CHOOSE = "Change a setting"
CHOOSE_CHANNEL = "Choose a channel"
CHOOSE_ROLE = "Choose a role"
BACK = "Back"
AGAIN = "Check again"
NONE = "None"
STALE = "This choice is not offered any more. Please open /easel setup again."
NOT_EVERYONE = "That would make everybody staff. Please choose another role."

ON, OFF = "on", "off"

# In the order of the panel; the keys are those of ServerSettings.
ABOUT = {
    "log_channel": "Where I tell staff what was changed, and bring reports.",
    "log_results": "A line in the log channel for each result: link, who, model, cost.",
    "replies": "What I do when somebody replies to a picture.",
    "prompts_shown": "Whether results show what was asked for, to others and to screen readers.",
    "others_pictures": "Whether members may edit pictures that others made.",
    "newcomer_seconds": "How long somebody must have been here before they may ask.",
    "cooldown_seconds": "How long each member waits between two requests.",
    "channel_cooldown_seconds": "How long a channel rests between two requests, whoever asks.",
    "max_pictures": "The most pictures that one request may ask for.",
    "post_to": "One channel that takes every result, wherever it was asked for.",
    "time_zone": "When days, weeks and months of limits begin, and the days of /easel stats.",
    "watermark": "Whether pictures carry the service's mark, where a model has one.",
    "staff_role": "Who may moderate here without the right to time members out.",
    "ping_after_long_waits": "Whether somebody who waited over a minute is pinged.",
}
OPTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "replies": (
        ("confirm", "Ask first", "A pencil under the reply; its author taps it"),
        ("instant", "At once", "Every reply that is no small talk"),
        ("mention", "Only with a mention", "When the reply mentions me"),
        ("off", "Off", "Buttons and commands only"),
    ),
    "watermark": (
        ("choice", "Members choose", ""),
        ("on", "Always", ""),
        ("off", "Never", ""),
    ),
}
SWITCH = (("on", "On", ""), ("off", "Off", ""))

# The panel's other pages: what is allowed or denied by name.
PAGES = {"channel": "Where", "role": "Who", "model": "Models"}
RULES = {
    "channel": "Where members may ask. Add with /easel channel.",
    "role": "Who may ask. Add with /easel role.",
    "model": "What members may use. Add with /easel model.",
}
NO_RULES = {"channel": "every channel", "role": "everyone", "model": "every model"}
TAKE_AWAY = "Choose rules to take away"
RULES_AWAY = "**Taken away.**"

ZONE_OTHER = "Another one…"
ZONE_TITLE = "Time zone"
ZONE_FIELD = "Its name"
ZONE_HINT = "Region/City, such as Asia/Kolkata"

ALL_WELL = "✅ I have what I need in {channels}."
NOWHERE = "⚠️ I cannot post in any channel. Please give my role View Channel and Send Messages."
MORE_CHANNELS = "⚠️ and {channels} more."
NONE_LEFT = "⚠️ Only channels that are gone are allowed: nobody can ask anywhere. See Where."
CHANNEL_GONE = "⚠️ {setting}: that channel is gone. Please choose another."
ROLE_GONE = "⚠️ Staff role: that role is gone. Please choose another."
LOG_OPEN = "Everyone can read that channel."


def setting(name: str, value: str) -> str:
    """Return one line of the panel."""
    return f"{name}: **{value}**"


def now(value: str) -> str:
    """Return what a setting is now, on its own page."""
    return f"Now: **{value}**"


def rules(page: str, described: Sequence[str]) -> str:
    """Return the panel's line about what is allowed or denied by name."""
    return setting(PAGES[page], clip(", ".join(described), 300) or NO_RULES[page])


def words(count: int) -> str:
    """Return the panel's line about forbidden words."""
    return setting("Forbidden words", number(count) if count else "none")


def changed(what: str, comparison: str | None) -> str:
    """Return what was just changed."""
    return f"✔️ {what}: {comparison}" if comparison else f"✔️ {what}"


def rule(name: str, allowed: bool) -> str:
    """Return something that is allowed or denied."""
    return f"{name} {'allowed' if allowed else 'denied'}"


def gone(kind: str, subject: str) -> str:
    """Return the name of something that is not there any more."""
    return f"{kind} that is gone ({subject})"


def lacking(where: str, rights: Iterable[str]) -> str:
    """Return what is missing in a place."""
    return f"⚠️ {where}: I lack {listed(rights, 'and')}."


def lacking_here(where: str, rights: Iterable[str]) -> str:
    """Refuse a channel in which the bot cannot do its work."""
    return f"I lack {listed(rights, 'and')} in {where}. Please give me that first."


def unseen(count: int) -> str:
    """Return how many channels the bot cannot see."""
    return f"-# I cannot see {plural(count, 'channel')}."


def unknown_zone(typed: str, near: Sequence[str]) -> str:
    """Refuse a time zone that nobody knows."""
    advice = f"Did you mean {listed(near)}?" if near else "Try Europe/Berlin or Asia/Kolkata."
    return f"I know no time zone {typed}. {advice}"
