"""What changes of a server are called: in answers to staff, in the history, in the log channel.

Unknown subjects and actions are named as they are stored: an old entry must never fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from bot.domain.quotas.quota import MICRO
from bot.domain.quotas.windows import Window
from bot.domain.requests.consent import Photos
from bot.domain.safety.verdicts import Check
from bot.domain.server import Language, ServerSettings
from bot.domain.text.prompt_parts import PromptParts
from bot.services.ports import AuditEntry
from bot.ui.language import Phrase, Text, _
from bot.ui.messages import safety
from bot.ui.messages.words import clip, moment, number, per_window, plural, this_window

SAME = Phrase("Nothing changed: it was already set like that.")
UNDO = Phrase("Undo")
UNDONE_TWICE = Phrase("This was already undone.")
CHANGED_SINCE = Phrase(
    "This was changed again later, so I did not undo it. Please set it yourself."
)
NOT_UNDOABLE = Phrase("This cannot be undone with a button.")
EASEL = "Easel"

Safe = Callable[[str], str]

_VALUE_CHARACTERS = 100


def who(actor_id: int) -> str:
    """Return who changed something; 0 is the operator's shell or Easel itself."""
    return _person(actor_id) if actor_id else EASEL


def _person(user_id: int | str) -> str:
    """Return a mention; below zero stands who deleted their data."""
    return f"<@{user_id}>" if int(user_id) > 0 else _("a former member")


def because(reason: str) -> str:
    """Return a reason, made harmless already."""
    return _("Reason: {reason}", reason=reason)


def what(entry: AuditEntry, safe: Safe) -> str:
    """Return what an entry is about: Limit for everyone, per day."""
    try:
        named = _SUBJECTS[entry.subject_kind](entry.subject_id, safe)
    except (KeyError, ValueError):
        named = safe(f"{entry.subject_kind} {entry.subject_id}".strip())
    action = _ACTIONS.get(entry.action)
    return action.filled(what=named) if action else named


def change(entry: AuditEntry, safe: Safe) -> str | None:
    """Return old and new: 10 credits → **20 credits**; None where there is nothing to compare."""
    if entry.action == "budget_warning":
        return warning(entry)
    if entry.action == "verdict" and isinstance(entry.new, Mapping):
        return safety.verdict(cast("Mapping[str, Any]", entry.new), safe)
    if entry.action in _TOLD or (entry.old is None and entry.new is None):
        return None
    old, new = (_value(entry, value, safe) for value in (entry.old, entry.new))
    return f"{old} → **{new}**"


_RULES = {
    "everyone": Phrase("Limit for everyone"),
    "role": Phrase("Limit for {whom}"),
    "member": Phrase("Limit for {whom}"),
    "budget": Phrase("Server budget"),
    "ceiling": Phrase("Operator's ceiling"),
}


def told(entry: AuditEntry, safe: Safe) -> str:
    """Return what an entry is about, with old and new: Word “spam”: allowed → **forbidden**."""
    subject, compared = what(entry, safe), change(entry, safe)
    if compared is None:
        return subject
    return _("{what}: {change}", what=subject, change=compared)


def _rule_subject(name: str, safe: Safe) -> str:
    subject, subject_id, window = name.split(":")
    whom = f"<@&{int(subject_id)}>" if subject == "role" else _person(subject_id)
    limit = _RULES[subject].filled(whom=whom)
    return _("{limit}, {per_window}", limit=limit, per_window=per_window(window))


def _model(name: str, safe: Safe) -> str:
    model, _mark, role_id = name.partition("|")
    if not role_id:
        return _("Model {model}", model=safe(model))
    return _("Model {model} for {role}", model=safe(model), role=f"<@&{role_id}>")


def _grant(name: str, safe: Safe) -> str:
    whose = name.partition(":")[2]
    if not whose:
        return _("Grant {id}", id=safe(name))
    return _("Extra credits of {member}", member=_person(whose))


SETTINGS = {
    "replies": Phrase("Replies"),
    "ping_after_long_waits": Phrase("Ping after long waits"),
    "prompts_shown": Phrase("Show prompts"),
    "others_pictures": Phrase("Editing others' pictures"),
    "favourites": Phrase("Favourites"),
    "variations": Phrase("Change it"),
    "comparisons": Phrase("Comparisons of models"),
    "photos": Phrase("Editing pictures that are not mine"),
    "gallery_channel": Phrase("Gallery"),
    "gallery_stars": Phrase("Stars for the gallery"),
    "log_channel": Phrase("Log channel"),
    "report_channel": Phrase("Reports channel"),
    "review_channel": Phrase("Reviews channel"),
    "log_results": Phrase("Results in the log channel"),
    "post_to": Phrase("Results channel"),
    "staff_role": Phrase("Staff role"),
    "newcomer_seconds": Phrase("Wait for newcomers"),
    "cooldown_seconds": Phrase("Wait between requests"),
    "channel_cooldown_seconds": Phrase("Wait between requests in a channel"),
    "max_pictures": Phrase("Maximum pictures per request"),
    "time_zone": Phrase("Time zone"),
    "language": Phrase("Language"),
    "watermark": Phrase("Watermark"),
    "prompt_parts": Phrase("Prompt parts"),
    "styles": Phrase("Styles"),
    "server_style": Phrase("Server style"),
    "paused": Phrase("Pictures in this server"),
    "operator_paused": Phrase("Pictures, by the operator"),
}

_SUBJECTS: dict[str, Callable[[str, Safe], str]] = {
    "rule": _rule_subject,
    "block": lambda name, safe: _("Block of {member}", member=_person(name)),
    "channel": lambda name, safe: _("Channel {channel}", channel=f"<#{int(name)}>"),
    "role": lambda name, safe: _("Role {role}", role=f"<@&{int(name)}>"),
    "model": _model,
    "word": lambda name, safe: _("Word “{word}”", word=safe(name)),
    "setting": lambda name, safe: (
        str(SETTINGS[name]) if name in SETTINGS else _("Setting {name}", name=safe(name))
    ),
    "grant": _grant,
    "style": lambda name, safe: _("Style “{style}”", style=safe(name)),
    "member": lambda name, safe: _("Quota of {member}", member=_person(name)),
    "budget": lambda name, safe: _budget(name),
    "job": lambda name, safe: _("Request of {member}", member=_person(name.partition(":")[2])),
    "picture": lambda name, safe: _("Picture of {member}", member=_person(name.partition(":")[2])),
    "spoiler": lambda name, safe: _("Picture of {member}", member=_person(name.partition(":")[2])),
    "consent": lambda name, safe: _(
        "Consent of {member} to a change of a picture", member=_person(name.partition(":")[2])
    ),
    "consent_answer": lambda name, safe: _(
        "Change of a picture for {member}", member=_person(name.partition(":")[2])
    ),
    "verdict": lambda name, safe: _verdict(name),
    "report": lambda name, safe: _(
        "Report of a picture of {member}", member=_person(name.partition(":")[2])
    ),
}
_BUDGETS = {
    "budget": Phrase("Server budget"),
    "ceiling": Phrase("Operator's ceiling for this server"),
    "global": Phrase("Budget of the whole bot"),
    "money": Phrase("Spending of the whole bot"),
}
# Actions that the subject and the values do not tell by themselves.
_ACTIONS = {
    "undo": Phrase("Undone: {what}"),
    "reset": Phrase("Reset: {what}"),
    "cancel": Phrase("Cancelled: {what}"),
    "remove": Phrase("Removed: {what}"),
    "dismiss": Phrase("Report dismissed: {what}"),
    "report": Phrase("Reported: {what}"),
    "asked": Phrase("Asked for: {what}"),
    "allowed": Phrase("Allowed: {what}"),
    "approved": Phrase("Approved: {what}"),
    "refused": Phrase("Refused: {what}"),
    "expired": Phrase("Not decided in time: {what}"),
    "withdrawn": Phrase("Ended: {what}"),
}
# Of these the action says it all.
_TOLD = ("cancel", "remove")


def _value(entry: AuditEntry, value: object, safe: Safe) -> str:
    kind = entry.subject_kind
    if value is None:
        if kind == "setting":
            return _undecided(entry.subject_id, safe)
        return str(_NONE.get(kind, _NOTHING))
    if (kind, entry.subject_id) == ("setting", "prompt_parts"):
        return setting(entry.subject_id, PromptParts.of(value), safe)
    if isinstance(value, Mapping):
        return _mapping(kind, cast("Mapping[str, Any]", value), safe)
    if kind == "setting":
        return setting(entry.subject_id, value, safe)
    plain = _PLAIN.get((kind, str(value).lower()))
    return str(plain) if plain else safe(clip(str(value), _VALUE_CHARACTERS))


_ALLOWED, _DENIED, _NO_RULE = Phrase("allowed"), Phrase("denied"), Phrase("no rule")
_NOTHING = Phrase("nothing")
_NONE = {
    "rule": Phrase("not set"),
    "block": Phrase("not blocked"),
    "channel": _NO_RULE,
    "role": _NO_RULE,
    "model": _NO_RULE,
    "word": _ALLOWED,
    "grant": Phrase("none"),
    "style": Phrase("deleted"),
    "spoiler": Phrase("shown"),
}
_PLAIN = {
    ("channel", "allow"): _ALLOWED,
    ("channel", "deny"): _DENIED,
    ("role", "allow"): _ALLOWED,
    ("role", "deny"): _DENIED,
    ("model", "allow"): _ALLOWED,
    ("model", "deny"): _DENIED,
    ("word", "true"): Phrase("forbidden"),
    ("style", "true"): Phrase("published"),
    ("spoiler", "true"): Phrase("behind a spoiler"),
}


def _mapping(kind: str, value: Mapping[str, Any], safe: Safe) -> str:
    until = value.get("until") or value.get("expires_at")
    match kind:
        case "rule" | "grant":
            return _until(credits(value.get("credits")), until)
        case "block":
            return _until(_("blocked"), until)
        case "setting":
            return _until(_("paused"), until)
        case "member":
            return _("{credits} used", credits=credits(value.get("used")))
        case _:
            parts = (f"{name.replace('_', ' ')} {one}" for name, one in value.items())
            return safe(clip(", ".join(parts), _VALUE_CHARACTERS))


def _until(what: str, until: object) -> str:
    if not isinstance(until, int):
        return what
    return _("{what}, until {when}", what=what, when=moment(until))


def credits(amount: object) -> str:
    """Return an amount of credits; None is no limit."""
    if amount is None:
        return _("no limit")
    return plural(amount, "credit") if isinstance(amount, int) else str(amount)


def _undecided(name: str, safe: Safe) -> str:
    """Return what holds while nobody decided."""
    if name in ("paused", "operator_paused"):
        return _("running")
    return setting(name, getattr(ServerSettings(), name, _("default")), safe)


_ON, _OFF = Phrase("on"), Phrase("off")
_CHOICES: dict[tuple[str, str], Text] = {
    ("replies", "instant"): Phrase("at once"),
    ("replies", "confirm"): Phrase("ask first"),
    ("replies", "mention"): Phrase("only with a mention"),
    ("replies", "off"): _OFF,
    ("watermark", "on"): Phrase("always"),
    ("watermark", "off"): Phrase("never"),
    ("watermark", "choice"): Phrase("members choose"),
    ("styles", "off"): _OFF,
    ("styles", "choice"): Phrase("members choose"),
    ("styles", "default"): Phrase("the server style, unless members choose"),
    ("styles", "always"): Phrase("always the server style"),
    ("server_style", ""): Phrase("none"),
    ("photos", Photos.ANYBODY): Phrase("anybody's"),
    ("photos", Photos.ASK): Phrase("after the poster agrees"),
    ("photos", Photos.NOBODY): Phrase("not allowed"),
    ("language", Language.AUTO): Phrase("the server's Discord language"),
    # Languages are called as those who speak them call them.
    ("language", Language.ENGLISH): "English",
    ("language", Language.CHINESE): "简体中文",
}


# How settings mention what their ids are of.
_MARKS = {
    "log_channel": "#",
    "report_channel": "#",
    "review_channel": "#",
    "gallery_channel": "#",
    "post_to": "#",
    "staff_role": "@&",
}


def setting(name: str, value: object, safe: Safe) -> str:
    """Return a value of a setting in words."""
    if isinstance(value, str) and (name, value) in _CHOICES:
        return str(_CHOICES[name, value])
    if isinstance(value, bool):
        return str(_ON if value else _OFF)
    if isinstance(value, int):
        if name.endswith("_seconds"):
            return span(value) if value else _("none")
        mark = _MARKS.get(name)
        if name == "max_pictures" and not value:
            return _("as many as the model allows")
        if mark or not value:
            return f"<{mark}{value}>" if mark and value else _("none")
        return number(value)
    if isinstance(value, PromptParts):
        return parts(value, safe)
    if name == "time_zone":
        return safe(clip(zone(str(value)), _VALUE_CHARACTERS))
    return safe(clip(str(value), _VALUE_CHARACTERS))


def parts(value: PromptParts, safe: Safe) -> str:
    """Return what goes around every prompt, which is the dots: watercolour … soft light."""
    before, after = (safe(clip(text, _VALUE_CHARACTERS)) for text in (value.before, value.after))
    return " … ".join((before, after)).strip() if value else _("none")


_OFFSET_ZONE = re.compile(r"Etc/GMT([+-])([1-9]\d?)")


def zone(name: str) -> str:
    """Return the name of a time zone; Etc/GMT+8 counts the other way, so its offset is shown."""
    if found := _OFFSET_ZONE.fullmatch(name):
        return f"{name} (UTC{'-' if found[1] == '+' else '+'}{found[2]})"
    return name


_SPANS = (("day", 86400), ("hour", 3600), ("minute", 60))


def span(seconds: int) -> str:
    """Return a length of time in its largest whole unit: 2 hours, 90 minutes."""
    for unit, length in _SPANS:
        if seconds >= length and seconds % length == 0:
            return plural(seconds // length, unit)
    return plural(seconds, "second")


def warning(entry: AuditEntry) -> str | None:
    """Return how much of a budget is used; money comes in millionths."""
    if not isinstance(entry.new, Mapping):
        return None
    found = cast("Mapping[str, Any]", entry.new)
    used, limit, percent = (found.get(key) for key in ("used", "limit", "percent"))
    if entry.subject_id == "money" and isinstance(used, int) and isinstance(limit, int):
        used, limit = used / MICRO, limit / MICRO
    window = found.get("window")
    told = _(
        "{percent} % used: {used} of {limit} {this_window}",
        percent=percent,
        used=number(used),
        limit=number(limit),
        this_window=this_window(str(window)) if window in tuple(Window) else window,
    )
    ends_at = found.get("ends_at")
    if not isinstance(ends_at, int):
        return told
    return _("{budget}, renews {when}", budget=told, when=moment(ends_at))


def budget(entry: AuditEntry) -> str:
    """Return which budget a warning is about."""
    return _budget(entry.subject_id)


def _verdict(name: str) -> str:
    what, _mark, user_id = name.rpartition(":")
    member = _person(user_id)
    if what == Check.PROMPTS:
        return _("Safety check of the words of {member}", member=member)
    if what == Check.REFERENCES:
        return _("Safety check of a picture that {member} gave", member=member)
    return _("Safety check of a result of {member}", member=member)


def _budget(name: str) -> str:
    return str(_BUDGETS[name]) if name in _BUDGETS else _("Budget")
