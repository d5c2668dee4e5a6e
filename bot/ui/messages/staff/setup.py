"""What the panel of /easel setup says: settings, what they mean, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.domain.server import Language
from bot.ui.language import Phrase, Text, _
from bot.ui.messages.words import clip, commas, listed, number, plural, sentences

TITLE = Phrase("**Easel in this server**")
CHOOSE = Phrase("Change a setting")
CHOOSE_CHANNEL = Phrase("Choose a channel")
CHOOSE_ROLE = Phrase("Choose a role")
BACK = Phrase("Back")
AGAIN = Phrase("Check again")
NONE = Phrase("None")
STALE = Phrase("This choice is not offered any more. Please open /easel setup again.")
NOT_EVERYONE = Phrase("That would make everybody staff. Please choose another role.")

# The values of a switch.
ON, OFF = "on", "off"

# In the order of the panel; the keys are those of ServerSettings.
ABOUT = {
    "log_channel": Phrase("Where I tell staff what was changed, and bring reports."),
    "log_results": Phrase("A line in the log channel for each result: link, who, model, cost."),
    "replies": Phrase("What I do when somebody replies to a picture."),
    "prompts_shown": Phrase(
        "Whether results show what was asked for, to others and to screen readers."
    ),
    "others_pictures": Phrase("Whether members may edit pictures that others made."),
    "newcomer_seconds": Phrase("How long somebody must have been here before they may ask."),
    "cooldown_seconds": Phrase("How long each member waits between two requests."),
    "channel_cooldown_seconds": Phrase(
        "How long a channel rests between two requests, whoever asks."
    ),
    "max_pictures": Phrase("The most pictures that one request may ask for."),
    "post_to": Phrase("One channel that takes every result, wherever it was asked for."),
    "time_zone": Phrase(
        "When days, weeks and months of limits begin, and the days of /easel stats."
    ),
    "language": Phrase("What everybody reads; each member reads their own in what only they see."),
    "watermark": Phrase("Whether pictures carry the service's mark, where a model has one."),
    "staff_role": Phrase("Who may moderate here without the right to time members out."),
    "ping_after_long_waits": Phrase("Whether somebody who waited over a minute is pinged."),
}
# Value, label, and what it means.
OPTIONS: dict[str, tuple[tuple[str, Text, Text], ...]] = {
    "replies": (
        ("confirm", Phrase("Ask first"), Phrase("A pencil under the reply; its author taps it")),
        ("instant", Phrase("At once"), Phrase("Every reply that is no small talk")),
        ("mention", Phrase("Only with a mention"), Phrase("When the reply mentions me")),
        ("off", Phrase("Off"), Phrase("Buttons and commands only")),
    ),
    "language": (
        (
            Language.AUTO,
            Phrase("Automatic"),
            Phrase("The one that this server has on Discord"),
        ),
        (Language.ENGLISH, "English", ""),
        (Language.CHINESE, "简体中文", ""),
    ),
    "watermark": (
        ("choice", Phrase("Members choose"), ""),
        ("on", Phrase("Always"), ""),
        ("off", Phrase("Never"), ""),
    ),
}
SWITCH = ((ON, Phrase("On"), ""), (OFF, Phrase("Off"), ""))

# The panel's other pages: what is allowed or denied by name.
PAGES = {"channel": Phrase("Where"), "role": Phrase("Who"), "model": Phrase("Models")}
RULES = {
    "channel": Phrase("Where members may ask. Add with /easel channel."),
    "role": Phrase("Who may ask. Add with /easel role."),
    "model": Phrase("What members may use. Add with /easel model."),
}
NO_RULES = {
    "channel": Phrase("every channel"),
    "role": Phrase("everyone"),
    "model": Phrase("every model"),
}
TAKE_AWAY = Phrase("Choose rules to take away")
RULES_AWAY = Phrase("**Taken away.**")

ZONE_OTHER = Phrase("Another one…")
ZONE_TITLE = Phrase("Time zone")
ZONE_FIELD = Phrase("Its name")
ZONE_HINT = Phrase("Region/City, such as Asia/Kolkata")

ALL_WELL = Phrase("✅ I have what I need in {channels}.")
NOWHERE = Phrase(
    "⚠️ I cannot post in any channel. Please give my role View Channel and Send Messages."
)
MORE_CHANNELS = Phrase("⚠️ and {channels} more.")
NONE_LEFT = Phrase("⚠️ Only channels that are gone are allowed: nobody can ask anywhere. See Where.")
CHANNEL_GONE = Phrase("⚠️ {setting}: that channel is gone. Please choose another.")
ROLE_GONE = Phrase("⚠️ Staff role: that role is gone. Please choose another.")
LOG_OPEN = Phrase("Everyone can read that channel.")

# What the bot needs in a channel, by discord.py's names: Discord's own words for it.
_RIGHTS = {
    "view_channel": Phrase("View Channel"),
    "send_messages": Phrase("Send Messages"),
    "send_messages_in_threads": Phrase("Send Messages in Threads"),
    "attach_files": Phrase("Attach Files"),
    "read_message_history": Phrase("Read Message History"),
    "add_reactions": Phrase("Add Reactions"),
}


def right(name: str) -> str:
    """Return a permission's name as Discord shows it."""
    return str(_RIGHTS[name])


def setting(name: Text, value: Text) -> str:
    """Return one line of the panel."""
    return _("{name}: **{value}**", name=name, value=value)


def now(value: Text) -> str:
    """Return what a setting is now, on its own page."""
    return _("Now: **{value}**", value=value)


def rules(page: str, described: Sequence[str]) -> str:
    """Return the panel's line about what is allowed or denied by name."""
    return setting(PAGES[page], clip(commas(described), 300) or NO_RULES[page])


def words(count: int) -> str:
    """Return the panel's line about forbidden words."""
    return setting(_("Forbidden words"), number(count) if count else _("none"))


def changed(what: str, comparison: str | None) -> str:
    """Return what was just changed."""
    if not comparison:
        return f"✔️ {what}"
    return _("✔️ {what}: {comparison}", what=what, comparison=comparison)


def rule(name: str, allowed: bool) -> str:
    """Return something that is allowed or denied."""
    return _("{name} allowed", name=name) if allowed else _("{name} denied", name=name)


def gone(kind: Literal["channel", "role"], subject: str) -> str:
    """Return the name of something that is not there any more."""
    if kind == "role":
        return _("role that is gone ({id})", id=subject)
    return _("channel that is gone ({id})", id=subject)


def lacking(where: str, rights: Iterable[str]) -> str:
    """Return what is missing in a place."""
    return _("⚠️ {where}: I lack {rights}.", where=where, rights=listed(rights, "and"))


def lacking_here(where: str, rights: Iterable[str]) -> str:
    """Refuse a channel in which the bot cannot do its work."""
    return _(
        "I lack {rights} in {where}. Please give me that first.",
        rights=listed(rights, "and"),
        where=where,
    )


def unseen(count: int) -> str:
    """Return how many channels the bot cannot see."""
    return _("-# I cannot see {channels}.", channels=plural(count, "channel"))


def several_zones(typed: str, zones: Sequence[str]) -> str:
    """Refuse words that more than one time zone goes by."""
    return sentences(
        _("{name} can be more than one time zone.", name=typed),
        _("Did you mean {names}?", names=listed(zones)),
    )


def unknown_zone(typed: str, near: Sequence[str]) -> str:
    """Refuse a time zone that nobody knows."""
    if near:
        advice = _("Did you mean {names}?", names=listed(near))
    else:
        advice = _("Try Europe/Berlin or Asia/Kolkata.")
    return sentences(_("I know no time zone {name}.", name=typed), advice)
