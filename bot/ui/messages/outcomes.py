"""Refusals of the gate and of the quota, reasons of failed jobs, failures of image services."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.errors import AccessError, Denial, ErrorClass, QuotaError, QuotaScope
from bot.domain.job import Outcome, Reason
from bot.ui.messages.words import When, listed, number, plural

NOTHING_CHARGED = "Nothing was charged."

_DENIALS: dict[Denial, str] = {
    Denial.DIRECT_MESSAGE: "Pictures are made in servers. Please ask in a channel there.",
    Denial.NOT_A_MEMBER: "I am not a member of this place, so I cannot post here. Show gives you "
    "the pictures.",
    Denial.AGE_RESTRICTED: "This picture comes from an age-restricted channel. It can only be used "
    "in such a channel.",
    Denial.SERVER_NOT_ALLOWED: "This server is not on the list of servers that may use this bot. "
    "Its operator can add it.",
    Denial.BOT: "Only people can ask for pictures.",
    Denial.NO_MODEL: "No model is available to you here.",
    Denial.SHUTTING_DOWN: "The bot is about to restart. Please try again in a minute.",
    Denial.CANNOT_POST: "I may not post pictures in this channel: I need View Channel, Send "
    "Messages and Attach Files (in threads, Send Messages in Threads). With private: True only "
    "you see them, and it works.",
    Denial.NO_ROOM: "My disk is full, so no picture can be made now. The bot's operator can make "
    "room; please try again later.",
    Denial.TIMED_OUT: "You are in a timeout here. Please ask again when it is over.",
    Denial.THREAD_LOCKED: "This thread is locked: nothing new can be posted in it.",
    Denial.MAY_NOT_SEND: "You may not send messages in this channel, so I may not post for you "
    "there.",
    Denial.MAY_NOT_ATTACH: "You may not attach files in this channel, so I may not post pictures "
    "for you there.",
    Denial.PICTURE_GONE: "This picture is gone: it was removed, or I may not see it any more.",
    Denial.NO_RESULT_HERE: "You have no picture of mine in this channel that could be changed. "
    "Give one as image1, or make one with /imagine.",
    Denial.NO_SUCH_RESULT: "I do not know the picture that `of` names. Please choose one from its "
    "list.",
    Denial.NO_PICTURES: "There is nothing to blend: upload pictures in the form, or put some into "
    "your basket with Use as reference.",
    Denial.PROMPT_DELETED: "What was asked here is not kept any more: it was deleted. Reply to the "
    "picture and say what to change.",
    Denial.PICTURES_NOT_KEPT: "The pictures that this request started from are not kept any more. "
    "Please give them again with /edit.",
    Denial.ROLE_NOT_ALLOWED: "Your roles may not make pictures in this server. Its moderators can "
    "tell you which may.",
    Denial.NO_ALLOWANCE: "You may not make pictures in this server. Its moderators can change "
    "that.",
}

# Those with a time, a reason or places in them.
_TIMED: dict[Denial, Callable[[Mapping[str, object], When], str]] = {
    Denial.TOO_MANY_WAITING: lambda v, when: (
        f"{'You have' if v['mine'] else 'This server has'} {_int(v['count'])} requests under way. "
        "Please wait until some of them are done."
    ),
    Denial.PROVIDER_PAUSED: lambda v, when: (
        f"{v['model']} is not available now. Please try again later, or choose another model "
        "with /models."
    ),
    Denial.BLOCKED: lambda v, when: (
        f"Your requests are blocked here{_until(v, when)}.{_because(v)}"
    ),
    Denial.PAUSED: lambda v, when: f"Pictures are paused here{_until(v, when)}.{_because(v)}",
    Denial.CHANNEL_NOT_ALLOWED: lambda v, when: _channels(v),
    Denial.NEWCOMER: lambda v, when: (
        f"You are new here: you can make pictures {when(_int(v['until']))}."
    ),
    Denial.COOLDOWN: lambda v, when: (
        f"One picture request at a time, please: the next one is possible {when(_int(v['until']))}."
    ),
    Denial.CHANNEL_COOLDOWN: lambda v, when: (
        f"This channel needs a short rest: the next picture is possible {when(_int(v['until']))}."
    ),
    Denial.REFUSED_TOO_OFTEN: lambda v, when: (
        f"Several of your requests were refused. You can try again {when(_int(v['until']))}."
    ),
    Denial.NOT_STAFF: lambda v, when: _STAFF.get(str(v.get("level")), _STAFF["manager"]),
    Denial.NOT_YOUR_PICTURE: lambda v, when: (
        "In this server only your own pictures can be changed."
        if v["server"]
        else "Its owner does not want others to change their pictures."
    ),
}


_STAFF = {
    "moderator": "This is for the server's moderators: it needs Moderate Members, or the staff "
    "role.",
    "manager": "This is for the server's managers: it needs the Manage Server permission.",
    "operator": "This is for the bot's operator.",
}


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _until(values: Mapping[str, object], when: When) -> str:
    until = values.get("until")
    return f"; this ends {when(until)}" if isinstance(until, int) else ""


def _because(values: Mapping[str, object]) -> str:
    reason = values.get("reason")
    return f" Reason: {reason}" if reason else ""


def _channels(values: Mapping[str, object]) -> str:
    channels = values.get("channels")
    places = [f"<#{one}>" for one in channels] if isinstance(channels, list) else []
    if not places:
        return "Pictures are not made in this channel. Please ask in another one."
    return f"Pictures are not made in this channel. Please ask in {listed(places[:5])}."


_REASONS: dict[Reason, str] = {
    Reason.REFUSED_PROMPT: "The safety filter refused the prompt. Please rephrase it.",
    Reason.REFUSED_REFERENCE: "A reference picture was refused or could not be read. People and "
    "protected content are common causes.",
    Reason.WITHHELD: "The result was withheld by the safety filter. Other words may help.",
    Reason.BAD_REQUEST: "The image service did not accept this size or option. Another size or "
    "model may work.",
    Reason.PROVIDER_DOWN: "The image service had a problem. Please try again later.",
    Reason.NO_CREDIT: "The image service's credit is used up; the bot's operator can refill it.",
    Reason.UNKNOWN_OUTCOME: "The image service did not answer in time. A smaller size or fewer "
    "pictures may work.",
    Reason.UNDELIVERABLE: "The pictures could not be posted, and were not picked up.",
    Reason.EXPIRED: "Its turn did not come within an hour. Please try again later.",
    Reason.BY_MEMBER: "You cancelled it.",
    Reason.BY_MODERATOR: "A moderator cancelled it.",
    Reason.BLOCKED: "Your requests are blocked here.",
    Reason.INTERNAL: "Something went wrong on our side.",
}

# image-apis.md section 11, last column.
_ERROR_CLASSES: dict[ErrorClass, str] = {
    ErrorClass.PROMPT_REFUSED: "The safety filter refused the request. Please rephrase.",
    ErrorClass.REFERENCE_REFUSED: "A reference image was refused (people or protected content are "
    "common causes).",
    ErrorClass.RESULT_WITHHELD: "The result was withheld by the safety filter.",
    ErrorClass.BAD_SIZE: "This size is not possible for the model.",
    ErrorClass.BAD_REFERENCE: "A reference image could not be read.",
    ErrorClass.BAD_OPTION: "An option does not work with this model.",
    ErrorClass.TOO_LARGE: "The reference images are too large together.",
    ErrorClass.AUTH: "The image service is not set up correctly: it refused the API key.",
    ErrorClass.CREDIT: "The image credit is used up.",
    ErrorClass.NOT_ALLOWED: "The model is not enabled for this API key.",
    ErrorClass.NO_SUCH_MODEL: "This model is not available any more.",
    ErrorClass.RATE: "The image service is busy. Please try again later.",
    ErrorClass.NO_CHANNEL: "The model is temporarily unavailable.",
    ErrorClass.SERVER: "The image service had a problem.",
    ErrorClass.BAD_RESPONSE: "The image service gave an answer that cannot be read.",
    ErrorClass.NO_IMAGE: "The image service answered without a picture.",
    ErrorClass.UNREACHABLE: "The image service cannot be reached.",
    ErrorClass.UNKNOWN_OUTCOME: "This took too long. The picture may have been made and charged. "
    "Try a smaller size or fewer images.",
}


def denial(error: AccessError, when: When, safe: Callable[[str], str]) -> str:
    """Return why the gate says no; `safe` makes the words of a moderator harmless."""
    if error.denial in _DENIALS:
        return _DENIALS[error.denial]
    values = dict(error.values)
    if reason := values.get("reason"):
        values["reason"] = safe(str(reason))
    return _TIMED[error.denial](values, when)


def quota_refusal(error: QuotaError, when: When) -> str:
    """Return which allowance is used up, and what helps."""
    sentence = _QUOTAS[error.scope](error)
    if error.renews_at is not None:
        return f"{sentence} It renews {when(error.renews_at)}."
    return f"{sentence} Fewer or smaller pictures cost less."


def reason(item: Reason | None) -> str:
    """Return why a job ended without pictures."""
    return _REASONS[item or Reason.INTERNAL]


def error_class(item: ErrorClass) -> str:
    """Return what an image service's failure means."""
    return _ERROR_CLASSES[item]


def missing(outcome: Outcome) -> str | None:
    """Return that pictures are missing, and that they are free; None when all came."""
    if not outcome.missing:
        return None
    delivered = len(outcome.delivered_positions)
    asked = delivered + outcome.missing
    why = {Reason.WITHHELD: "withheld by the safety filter", Reason.BY_MEMBER: "stopped"}
    count = "one was" if outcome.missing == 1 else f"{number(outcome.missing)} were"
    word = why.get(outcome.reason, "not made") if outcome.reason else "not made"
    return f"{number(delivered)} of {plural(asked, 'picture')}: {count} {word} and not charged."


def _member(error: QuotaError) -> str:
    need = plural(error.needed, "credit")
    if error.left:
        return f"This needs {need}, and you have {number(error.left)} left this {error.window}."
    return f"This needs {need}, and your quota for this {error.window} is used up."


def _shared(owner: str) -> Callable[[QuotaError], str]:
    return lambda error: f"{owner} has too little left of its budget for this {error.window}."


_QUOTAS: dict[QuotaScope, Callable[[QuotaError], str]] = {
    QuotaScope.MEMBER: _member,
    QuotaScope.BUDGET: _shared("This server"),
    QuotaScope.CEILING: _shared("This server"),
    QuotaScope.GLOBAL: _shared("The bot"),
    QuotaScope.MONEY: _shared("The bot"),
}
