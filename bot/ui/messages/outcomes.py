"""Refusals of the gate and of the quota, reasons of failed jobs, failures of image services."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.errors import AccessError, Denial, ErrorClass, QuotaError, QuotaScope
from bot.domain.job import Outcome, Reason
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.words import When, listed, number, plural, reason_said, sentences, this_window

NOTHING_CHARGED = Phrase("Nothing was charged.")

_DENIALS: dict[Denial, Phrase] = {
    Denial.DIRECT_MESSAGE: Phrase("Pictures are made in servers. Please ask in a channel there."),
    Denial.NOT_A_MEMBER: Phrase(
        "I am not a member of this place, so I cannot post here. Show gives you the pictures."
    ),
    Denial.AGE_RESTRICTED: Phrase(
        "This picture comes from an age-restricted channel. It can only be used in such a channel."
    ),
    Denial.SERVER_NOT_ALLOWED: Phrase(
        "This server is not on the list of servers that may use this bot. Its operator can add it."
    ),
    Denial.BOT: Phrase("Only people can ask for pictures."),
    Denial.NO_MODEL: Phrase("No model is available to you here."),
    Denial.SHUTTING_DOWN: Phrase("The bot is about to restart. Please try again in a minute."),
    Denial.CANNOT_POST: Phrase(
        "I may not post pictures in this channel: I need View Channel, Send Messages and Attach "
        "Files (in threads, Send Messages in Threads). With private: True only you see them, and "
        "it works."
    ),
    Denial.NO_ROOM: Phrase(
        "My disk is full, so no picture can be made now. The bot's operator can make room; please "
        "try again later."
    ),
    Denial.TIMED_OUT: Phrase("You are in a timeout here. Please ask again when it is over."),
    Denial.THREAD_LOCKED: Phrase("This thread is locked: nothing new can be posted in it."),
    Denial.MAY_NOT_SEND: Phrase(
        "You may not send messages in this channel, so I may not post for you there."
    ),
    Denial.MAY_NOT_ATTACH: Phrase(
        "You may not attach files in this channel, so I may not post pictures for you there."
    ),
    Denial.PICTURE_GONE: Phrase(
        "This picture is gone: it was removed, or I may not see it any more."
    ),
    Denial.NO_RESULT_HERE: Phrase(
        "You have no picture of mine in this channel that could be changed. Give one as image1, or "
        "make one with /imagine."
    ),
    Denial.NO_SUCH_RESULT: Phrase(
        "I do not know the picture that `of` names. Please choose one from its list."
    ),
    Denial.NO_PICTURES: Phrase(
        "There is nothing to blend: upload pictures in the form, or put some into your basket with "
        "Use as reference."
    ),
    Denial.PROMPT_DELETED: Phrase(
        "What was asked here is not kept any more: it was deleted. Reply to the picture and say "
        "what to change."
    ),
    Denial.PICTURES_NOT_KEPT: Phrase(
        "The pictures that this request started from are not kept any more. Please give them again "
        "with /edit."
    ),
    Denial.ROLE_NOT_ALLOWED: Phrase(
        "Your roles may not make pictures in this server. Its moderators can tell you which may."
    ),
    Denial.NO_ALLOWANCE: Phrase(
        "You may not make pictures in this server. Its moderators can change that."
    ),
}

# Those with a time, a reason or places in them.
_TIMED: dict[Denial, Callable[[Mapping[str, object], When], str]] = {
    Denial.TOO_MANY_WAITING: lambda v, when: _too_many(v),
    Denial.PROVIDER_PAUSED: lambda v, when: _(
        "{model} is not available now. Please try again later, or choose another model with "
        "/models.",
        model=v["model"],
    ),
    Denial.BLOCKED: lambda v, when: _blocked(v, when),
    Denial.PAUSED: lambda v, when: _paused(v, when),
    Denial.CHANNEL_NOT_ALLOWED: lambda v, when: _channels(v),
    Denial.NEWCOMER: lambda v, when: _(
        "You are new here: you can make pictures {when}.", when=when(_int(v["until"]))
    ),
    Denial.COOLDOWN: lambda v, when: _(
        "One picture request at a time, please: the next one is possible {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.CHANNEL_COOLDOWN: lambda v, when: _(
        "This channel needs a short rest: the next picture is possible {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.REFUSED_TOO_OFTEN: lambda v, when: _(
        "Several of your requests were refused. You can try again {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.NOT_STAFF: lambda v, when: str(_STAFF.get(str(v.get("level")), _STAFF["manager"])),
    Denial.NOT_YOUR_PICTURE: lambda v, when: (
        _("In this server only your own pictures can be changed.")
        if v["server"]
        else _("Its owner does not want others to change their pictures.")
    ),
}


_STAFF = {
    "moderator": Phrase(
        "This is for the server's moderators: it needs Moderate Members, or the staff role."
    ),
    "manager": Phrase("This is for the server's managers: it needs the Manage Server permission."),
    "operator": Phrase("This is for the bot's operator."),
}


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _too_many(values: Mapping[str, object]) -> str:
    count = _int(values["count"])
    if values["mine"]:
        return _(
            "You have {count} requests under way. Please wait until some of them are done.",
            count=count,
        )
    return _(
        "This server has {count} requests under way. Please wait until some of them are done.",
        count=count,
    )


def _blocked(values: Mapping[str, object], when: When) -> str:
    sentence, until = _("Your requests are blocked here."), values.get("until")
    if isinstance(until, int):
        sentence = _("Your requests are blocked here; this ends {when}.", when=when(until))
    return sentences(sentence, _because(values))


def _paused(values: Mapping[str, object], when: When) -> str:
    sentence, until = _("Pictures are paused here."), values.get("until")
    if isinstance(until, int):
        sentence = _("Pictures are paused here; this ends {when}.", when=when(until))
    return sentences(sentence, _because(values))


def _because(values: Mapping[str, object]) -> str:
    reason = values.get("reason")
    return _("Reason: {reason}", reason=reason) if reason else ""


def _channels(values: Mapping[str, object]) -> str:
    channels = values.get("channels")
    places = [f"<#{one}>" for one in channels] if isinstance(channels, list) else []
    if not places:
        return _("Pictures are not made in this channel. Please ask in another one.")
    return _(
        "Pictures are not made in this channel. Please ask in {channels}.",
        channels=listed(places[:5]),
    )


_REASONS: dict[Reason, Phrase] = {
    Reason.REFUSED_PROMPT: Phrase("The safety filter refused the prompt. Please rephrase it."),
    Reason.REFUSED_REFERENCE: Phrase(
        "A reference picture was refused or could not be read. People and protected content are "
        "common causes."
    ),
    Reason.WITHHELD: Phrase("The result was withheld by the safety filter. Other words may help."),
    Reason.BAD_REQUEST: Phrase(
        "The image service did not accept this size or option. Another size or model may work."
    ),
    Reason.PROVIDER_DOWN: Phrase("The image service had a problem. Please try again later."),
    Reason.NO_CREDIT: Phrase(
        "The image service's credit is used up; the bot's operator can refill it."
    ),
    Reason.UNKNOWN_OUTCOME: Phrase(
        "The image service did not answer in time. A smaller size or fewer pictures may work."
    ),
    Reason.UNDELIVERABLE: Phrase("The pictures could not be posted, and were not picked up."),
    Reason.EXPIRED: Phrase("Its turn did not come within an hour. Please try again later."),
    Reason.BY_MEMBER: Phrase("You cancelled it."),
    Reason.BY_MODERATOR: Phrase("A moderator cancelled it."),
    Reason.BLOCKED: Phrase("Your requests are blocked here."),
    Reason.INTERNAL: Phrase("Something went wrong on our side."),
}

# docs/spec/image-apis.md section 11, last column.
_ERROR_CLASSES: dict[ErrorClass, Phrase] = {
    ErrorClass.PROMPT_REFUSED: Phrase("The safety filter refused the request. Please rephrase."),
    ErrorClass.REFERENCE_REFUSED: Phrase(
        "A reference image was refused (people or protected content are common causes)."
    ),
    ErrorClass.RESULT_WITHHELD: Phrase("The result was withheld by the safety filter."),
    ErrorClass.BAD_SIZE: Phrase("This size is not possible for the model."),
    ErrorClass.BAD_REFERENCE: Phrase("A reference image could not be read."),
    ErrorClass.BAD_OPTION: Phrase("An option does not work with this model."),
    ErrorClass.TOO_LARGE: Phrase("The reference images are too large together."),
    ErrorClass.AUTH: Phrase("The image service is not set up correctly: it refused the API key."),
    ErrorClass.CREDIT: Phrase("The image credit is used up."),
    ErrorClass.NOT_ALLOWED: Phrase("The model is not enabled for this API key."),
    ErrorClass.NO_SUCH_MODEL: Phrase("This model is not available any more."),
    ErrorClass.RATE: Phrase("The image service is busy. Please try again later."),
    ErrorClass.NO_CHANNEL: Phrase("The model is temporarily unavailable."),
    ErrorClass.SERVER: Phrase("The image service had a problem."),
    ErrorClass.BAD_RESPONSE: Phrase("The image service gave an answer that cannot be read."),
    ErrorClass.NO_IMAGE: Phrase("The image service answered without a picture."),
    ErrorClass.UNREACHABLE: Phrase("The image service cannot be reached."),
    ErrorClass.UNKNOWN_OUTCOME: Phrase(
        "This took too long. The picture may have been made and charged. Try a smaller size or "
        "fewer images."
    ),
}


def denial(error: AccessError, when: When, safe: Callable[[str], str]) -> str:
    """Return why the gate says no; `safe` makes the words of a moderator harmless."""
    if error.denial in _DENIALS:
        return str(_DENIALS[error.denial])
    values = dict(error.values)
    if reason := values.get("reason"):
        values["reason"] = safe(reason_said(str(reason)))
    return _TIMED[error.denial](values, when)


def quota_refusal(error: QuotaError, when: When) -> str:
    """Return which allowance is used up, and what helps."""
    sentence = _QUOTAS[error.scope](error)
    if error.renews_at is not None:
        return sentences(sentence, _("It renews {when}.", when=when(error.renews_at)))
    return sentences(sentence, _("Fewer or smaller pictures cost less."))


def reason(item: Reason | None) -> str:
    """Return why a job ended without pictures."""
    return str(_REASONS[item or Reason.INTERNAL])


def error_class(item: ErrorClass) -> str:
    """Return what an image service's failure means."""
    return str(_ERROR_CLASSES[item])


def missing(outcome: Outcome) -> str | None:
    """Return that pictures are missing, and that they are free; None when all came."""
    if not outcome.missing:
        return None
    delivered, absent = len(outcome.delivered_positions), outcome.missing
    values = {
        "delivered": number(delivered),
        "pictures": plural(delivered + absent, "picture"),
        "count": number(absent),
    }
    if outcome.reason is Reason.WITHHELD:
        return ngettext(
            "{delivered} of {pictures}: one was withheld by the safety filter and not charged.",
            "{delivered} of {pictures}: {count} were withheld by the safety filter and not "
            "charged.",
            absent,
            **values,
        )
    if outcome.reason is Reason.BY_MEMBER:
        return ngettext(
            "{delivered} of {pictures}: one was stopped and not charged.",
            "{delivered} of {pictures}: {count} were stopped and not charged.",
            absent,
            **values,
        )
    return ngettext(
        "{delivered} of {pictures}: one was not made and not charged.",
        "{delivered} of {pictures}: {count} were not made and not charged.",
        absent,
        **values,
    )


def _member(error: QuotaError) -> str:
    need, window = plural(error.needed, "credit"), this_window(error.window)
    if error.left:
        return _(
            "This needs {credits}, and you have {left} left {this_window}.",
            credits=need,
            left=number(error.left),
            this_window=window,
        )
    return _(
        "This needs {credits}, and your quota for {this_window} is used up.",
        credits=need,
        this_window=window,
    )


def _server(error: QuotaError) -> str:
    return _(
        "This server has too little left of its budget for {this_window}.",
        this_window=this_window(error.window),
    )


def _bot(error: QuotaError) -> str:
    return _(
        "The bot has too little left of its budget for {this_window}.",
        this_window=this_window(error.window),
    )


_QUOTAS: dict[QuotaScope, Callable[[QuotaError], str]] = {
    QuotaScope.MEMBER: _member,
    QuotaScope.BUDGET: _server,
    QuotaScope.CEILING: _server,
    QuotaScope.GLOBAL: _bot,
    QuotaScope.MONEY: _bot,
}
