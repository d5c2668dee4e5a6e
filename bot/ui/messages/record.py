"""What changes of a server are called: in answers to staff, in the history, in the log channel.

Unknown subjects and actions are named as they are stored: an old entry must never fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from bot.domain.quota import MICRO
from bot.domain.server import ServerSettings
from bot.services.ports import AuditEntry
from bot.ui.messages.words import clip, moment, number, plural

SAME = "It was so already: nothing changed."
UNDO = "Undo"
UNDONE_TWICE = "This was undone before."
CHANGED_SINCE = "This was changed again since, so I left it alone. Please set it anew."
NOT_UNDOABLE = "This cannot be undone by a button."
EASEL = "Easel"

Safe = Callable[[str], str]

_VALUE_CHARACTERS = 100


def who(actor_id: int) -> str:
    """Return who changed something; 0 is the operator's shell or Easel itself."""
    return _person(actor_id) if actor_id else EASEL


def _person(user_id: int | str) -> str:
    """Return a mention; below zero stands who deleted their data."""
    return f"<@{user_id}>" if int(user_id) > 0 else "a former member"


def because(reason: str) -> str:
    """Return a reason, made harmless already."""
    return f"Reason: {reason}"


def what(entry: AuditEntry, safe: Safe) -> str:
    """Return what an entry is about: Limit for everyone, per day."""
    try:
        named = _SUBJECTS[entry.subject_kind](entry.subject_id, safe)
    except (KeyError, ValueError):
        named = safe(f"{entry.subject_kind} {entry.subject_id}".strip())
    action = _ACTIONS.get(entry.action)
    return f"{action}: {named}" if action else named


def change(entry: AuditEntry, safe: Safe) -> str | None:
    """Return old and new: 10 credits → **20 credits**; None where there is nothing to compare."""
    if entry.action == "budget_warning":
        return warning(entry)
    if entry.action in _TOLD or (entry.old is None and entry.new is None):
        return None
    old, new = (_value(entry, value, safe) for value in (entry.old, entry.new))
    return f"{old} → **{new}**"


def _rule_subject(name: str, safe: Safe) -> str:
    subject, subject_id, window = name.split(":")
    whose = {
        "everyone": "Limit for everyone",
        "role": f"Limit for <@&{subject_id}>",
        "member": f"Limit for {_person(subject_id)}",
        "budget": "Server budget",
        "ceiling": "Operator's ceiling",
    }[subject]
    return f"{whose}, per {window}"


def _model(name: str, safe: Safe) -> str:
    model, _, role_id = name.partition("|")
    return f"Model {safe(model)} for <@&{role_id}>" if role_id else f"Model {safe(model)}"


def _grant(name: str, safe: Safe) -> str:
    whose = name.partition(":")[2]
    return f"Extra credits of {_person(whose)}" if whose else f"Grant {safe(name)}"


SETTINGS = {
    "replies": "Replies",
    "ping_after_long_waits": "Ping after long waits",
    "prompts_shown": "Prompts shown",
    "others_pictures": "Editing pictures of others",
    "log_channel": "Log channel",
    "log_results": "Log of results",
    "post_to": "Channel for results",
    "staff_role": "Staff role",
    "newcomer_seconds": "Wait for newcomers",
    "cooldown_seconds": "Wait between requests",
    "channel_cooldown_seconds": "Wait between requests in a channel",
    "max_pictures": "Most pictures per request",
    "time_zone": "Time zone",
    "watermark": "Watermark",
    "paused": "Pictures in this server",
    "operator_paused": "Pictures, by the operator",
}

_SUBJECTS: dict[str, Callable[[str, Safe], str]] = {
    "rule": _rule_subject,
    "block": lambda name, safe: f"Block of {_person(name)}",
    "channel": lambda name, safe: f"Channel <#{int(name)}>",
    "role": lambda name, safe: f"Role <@&{int(name)}>",
    "model": _model,
    "word": lambda name, safe: f"Word “{safe(name)}”",
    "setting": lambda name, safe: SETTINGS.get(name) or f"Setting {safe(name)}",
    "grant": _grant,
    "member": lambda name, safe: f"Quota of {_person(name)}",
    "budget": lambda name, safe: _BUDGETS.get(name, "Budget"),
    "job": lambda name, safe: f"Request of {_person(name.partition(':')[2])}",
    "picture": lambda name, safe: f"Picture of {_person(name.partition(':')[2])}",
    "report": lambda name, safe: f"Report of a picture of {_person(name.partition(':')[2])}",
}
_BUDGETS = {
    "budget": "Server budget",
    "ceiling": "Operator's ceiling for this server",
    "global": "Budget of the whole bot",
    "money": "Money of the whole bot",
}
# Actions that the subject and the values do not tell by themselves.
_ACTIONS = {
    "undo": "Undone",
    "reset": "Reset",
    "cancel": "Cancelled",
    "remove": "Removed",
    "dismiss": "Report dismissed",
    "report": "Reported",
}
# Of these the action says it all.
_TOLD = ("cancel", "remove")


def _value(entry: AuditEntry, value: object, safe: Safe) -> str:
    kind = entry.subject_kind
    if value is None:
        return _undecided(entry.subject_id, safe) if kind == "setting" else _none(kind)
    if isinstance(value, Mapping):
        return _mapping(kind, cast("Mapping[str, Any]", value), safe)
    if kind == "setting":
        return setting(entry.subject_id, value, safe)
    return _PLAIN.get((kind, str(value).lower())) or safe(clip(str(value), _VALUE_CHARACTERS))


_NONE = {"rule": "not set", "block": "not blocked", "word": "allowed", "grant": "none"}
_SETTING_NONE = {"paused": "running", "operator_paused": "running"}
_PLAIN = {
    ("channel", "allow"): "allowed",
    ("channel", "deny"): "denied",
    ("role", "allow"): "allowed",
    ("role", "deny"): "denied",
    ("model", "allow"): "allowed",
    ("model", "deny"): "denied",
    ("word", "true"): "forbidden",
}


def _none(kind: str) -> str:
    return _NONE.get(kind, "no rule" if kind in ("channel", "role", "model") else "nothing")


def _mapping(kind: str, value: Mapping[str, Any], safe: Safe) -> str:
    until = value.get("until") or value.get("expires_at")
    ends = f", until {moment(until)}" if isinstance(until, int) else ""
    match kind:
        case "rule":
            return f"{credits(value.get('credits'))}{ends}"
        case "grant":
            return f"{credits(value.get('credits'))}{ends}"
        case "block":
            return f"blocked{ends}"
        case "setting":
            return f"paused{ends}"
        case "member":
            return f"{credits(value.get('used'))} used"
        case _:
            parts = (f"{name.replace('_', ' ')} {one}" for name, one in value.items())
            return safe(clip(", ".join(parts), _VALUE_CHARACTERS))


def credits(amount: object) -> str:
    """Return an amount of credits; None is no limit."""
    if amount is None:
        return "no limit"
    return plural(amount, "credit") if isinstance(amount, int) else str(amount)


def _undecided(name: str, safe: Safe) -> str:
    """Return what holds while nobody decided."""
    if name in _SETTING_NONE:
        return _SETTING_NONE[name]
    return setting(name, getattr(ServerSettings(), name, "as usual"), safe)


_CHOICES = {
    ("replies", "instant"): "at once",
    ("replies", "confirm"): "ask first",
    ("replies", "mention"): "only with a mention",
    ("watermark", "on"): "always",
    ("watermark", "off"): "never",
    ("watermark", "choice"): "members choose",
}


def setting(name: str, value: object, safe: Safe) -> str:
    """Return a value of a setting in words."""
    if isinstance(value, str) and (name, value) in _CHOICES:
        return _CHOICES[name, value]
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        if name.endswith("_seconds"):
            return span(value) if value else "none"
        mark = {"log_channel": "#", "post_to": "#", "staff_role": "@&"}.get(name)
        if name == "max_pictures" and not value:
            return "as many as the model makes"
        if mark or not value:
            return f"<{mark}{value}>" if mark and value else "none"
        return number(value)
    return safe(clip(str(value), _VALUE_CHARACTERS))


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
    ends = f", renews {moment(found['ends_at'])}" if isinstance(found.get("ends_at"), int) else ""
    return f"{percent} % used: {number(used)} of {number(limit)} this {found.get('window')}{ends}"


def budget(entry: AuditEntry) -> str:
    """Return which budget a warning is about."""
    return _BUDGETS.get(entry.subject_id, "Budget")
