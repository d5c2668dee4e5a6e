"""What the panel of /easel setup says: settings, what they mean, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.domain.requests.consent import Photos
from bot.domain.server import Language
from bot.ui.language import Phrase, Text, _
from bot.ui.messages.words import clip, commas, listed, number, plural, sentences

TITLE = Phrase("**Easel in this server**")
CHOOSE_PAGE = Phrase("See and remove rules")
CHOOSE_CHANNEL = Phrase("Choose a channel")
CHOOSE_ROLE = Phrase("Choose a role")
BACK = Phrase("Back")
AGAIN = Phrase("Check again")
NONE = Phrase("None")
STALE = Phrase("This choice is no longer available. Please open /easel setup again.")
NOT_EVERYONE = Phrase("That would make everybody staff. Please choose another role.")

# The values of a switch.
ON, OFF = "on", "off"

# By topic, since a list holds 25; in the order of the panel. The keys are those of ServerSettings.
_PLACE: dict[str, Text] = {
    "log_channel": Phrase("Where I post changes and reports for staff."),
    "report_channel": Phrase("Where members' reports go; without it, to the log channel."),
    "review_channel": Phrase(
        "Where staff approves or refuses results that the safety check holds. Only staff may read "
        "it."
    ),
    "log_results": Phrase("A line in the log channel for each result: link, who, model, cost."),
    "post_to": Phrase("One channel for all results, wherever members ask."),
    "staff_role": Phrase("Who can moderate here without the permission to time members out."),
    "newcomer_seconds": Phrase("How long members must have been here before they can ask."),
    "cooldown_seconds": Phrase("How long each member waits between two requests."),
    "channel_cooldown_seconds": Phrase(
        "How long a channel waits between two requests, from any member."
    ),
    "max_pictures": Phrase("The maximum number of pictures in one request."),
    "time_zone": Phrase(
        "When days, weeks and months of limits begin, and the days of /easel stats."
    ),
    "language": Phrase(
        "The language of what everybody sees; what only one member sees is in that member's "
        "language."
    ),
}
_MEMBERS: dict[str, Text] = {
    "replies": Phrase("What I do when somebody replies to a picture."),
    "prompts_shown": Phrase("Whether results show the prompt to others and to screen readers."),
    "others_pictures": Phrase("Whether members may edit pictures that others made."),
    "photos": Phrase("Whether members may edit pictures that I did not make, such as photographs."),
    "favourites": Phrase("Whether members may keep pictures with a star, in /favourites."),
    "gallery_channel": Phrase(
        "A channel, forum or media channel where I post, once, what enough members keep. What is "
        "removed goes from there too."
    ),
    "gallery_stars": Phrase("How many members, besides its maker, must keep a result for that."),
    "variations": Phrase(
        "Whether Details offers other versions, larger and wider ones, and no background."
    ),
    "comparisons": Phrase(
        "Whether members may let models be compared, and vote on the pictures, with /compare."
    ),
    "styles": Phrase("Whether members may use styles, and when the server style is used."),
    "server_style": Phrase(
        "The style that Styles is about: one of this server. Publish some with /style share."
    ),
    "prompt_parts": Phrase(
        "Words that I add before and after every prompt, which are the dots. Details shows them; "
        "the prompt stays the member's own. Words that no prompt may have: /easel words."
    ),
    "watermark": Phrase(
        "Whether pictures get the image service's watermark, where a model has one."
    ),
    "ping_after_long_waits": Phrase("Whether I ping members who waited more than a minute."),
}
ABOUT = {**_PLACE, **_MEMBERS}
# What the list of a topic is for.
TOPICS: dict[str, tuple[Text, dict[str, Text]]] = {
    "place": (Phrase("Change: channels, staff, waiting times, language"), _PLACE),
    "members": (Phrase("Change: pictures, and what members may do"), _MEMBERS),
}
# Value, label, and what it means.
OPTIONS: dict[str, tuple[tuple[str, Text, Text], ...]] = {
    "replies": (
        ("confirm", Phrase("Ask first"), Phrase("I add a pencil; the author taps it to start")),
        ("instant", Phrase("At once"), Phrase("Every reply except small talk")),
        ("mention", Phrase("Only with a mention"), Phrase("When the reply mentions me")),
        ("off", Phrase("Off"), Phrase("Buttons and commands only")),
    ),
    "photos": (
        (Photos.ANYBODY, Phrase("Anybody's"), ""),
        (
            Photos.ASK,
            Phrase("After the poster agrees"),
            Phrase("Own uploads are free; others get a card with Allow and Refuse"),
        ),
        (
            Photos.NOBODY,
            Phrase("Not allowed"),
            Phrase("Only my results; members' own uploads are refused too"),
        ),
    ),
    "language": (
        (
            Language.AUTO,
            Phrase("Automatic"),
            Phrase("The language of this server on Discord"),
        ),
        (Language.ENGLISH, "English", ""),
        (Language.CHINESE, "简体中文", ""),
    ),
    "styles": (
        ("choice", Phrase("Members choose"), ""),
        ("default", Phrase("Server style first"), Phrase("Unless a member names another one")),
        ("always", Phrase("Always the server style"), Phrase("For every picture")),
        ("off", Phrase("Off"), ""),
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
TAKE_AWAY = Phrase("Choose rules to remove")

ZONE_OTHER = Phrase("Another one…")
ZONE_TITLE = Phrase("Time zone")
ZONE_FIELD = Phrase("Its name")
ZONE_HINT = Phrase("Region/City, such as Asia/Kolkata")

WRITE = Phrase("Write")
PARTS_TITLE = Phrase("Prompt parts")
PARTS_BEFORE = Phrase("Before every prompt")
PARTS_AFTER = Phrase("After every prompt")
PARTS_NEVER = Phrase("Words to forbid")
PARTS_NEVER_HINT = Phrase("With commas between them. They are added to /easel words.")

ALL_WELL = Phrase("✅ I have all permissions I need in {channels}.")
NOWHERE = Phrase(
    "⚠️ I cannot post in any channel. Please give my role View Channel and Send Messages."
)
MORE_CHANNELS = Phrase("⚠️ and {channels} more.")
NONE_LEFT = Phrase("⚠️ All allowed channels are gone, so nobody can ask anywhere. See Where.")
CHANNEL_GONE = Phrase("⚠️ {setting}: that channel is gone. Please choose another.")
ROLE_GONE = Phrase("⚠️ Staff role: that role is gone. Please choose another.")
NO_TAG = Phrase(
    "⚠️ {channel} requires a tag for each post, and I may use none of its tags. Please add one that "
    "is not only for moderators."
)
LOG_OPEN = Phrase("Everyone can read that channel.")
REVIEWS_OPEN = Phrase("⚠️ Everyone can read {channel}, so no result can be held for staff there.")
REVIEWS_NOT_OPEN = Phrase(
    "Everyone can read that channel. Results that are held must be seen by staff only: please "
    "choose another one, or take View Channel away from @everyone there."
)
REPORTS_OPEN = Phrase(
    "-# Not only staff can read {channel}, so reports there do not say who reported."
)

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


def limits(everyone: str | None, budget: str | None, others: int) -> list[str]:
    """Return the panel's lines about limits, which have commands of their own."""
    lines = [
        setting(_("Limit for everyone"), everyone or _("no limit")),
        setting(_("Server budget"), budget or _("none")),
    ]
    if others:
        lines.append(setting(_("Roles and members with their own limit"), number(others)))
    return [*lines, _("-# Limits have commands of their own: /limits show lists them all.")]


def changed(what: str, comparison: str | None) -> str:
    """Return what was just changed."""
    if not comparison:
        return f"✔️ {what}"
    return _("✔️ {what}: {comparison}", what=what, comparison=comparison)


def more_changed(count: int) -> str:
    """Return how many further changes were made at once, and where they have their Undo."""
    return _(
        "And {changes} more. /moderate history has an Undo for each.",
        changes=plural(count, "change"),
    )


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
    return _("⚠️ {where}: I am missing {rights}.", where=where, rights=listed(rights, "and"))


def lacking_here(where: str, rights: Iterable[str]) -> str:
    """Refuse a channel in which the bot cannot do its work."""
    return _(
        "I am missing {rights} in {where}. Please give me that first.",
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
    return sentences(_("I do not know the time zone {name}.", name=typed), advice)
