"""Refusals of the gate and of the quota, reasons of failed jobs, failures of image services."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.domain.catalog import PixelSize
from bot.domain.errors import AccessError, Denial, ErrorClass, QuotaError, QuotaScope
from bot.domain.job import RESTORED_COPY, Job, Reason
from bot.domain.job_outcome import Outcome
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages import safety
from bot.ui.messages.words import (
    When,
    listed,
    number,
    per_window,
    plural,
    reason_said,
    sentences,
    this_window,
)

NOTHING_CHARGED = Phrase("Nothing was charged.")
# Above every preset of 2K: a model that makes more makes smaller pictures as well.
_LARGE_PIXELS = 5_000_000

_DENIALS: dict[Denial, Phrase] = {
    Denial.DIRECT_MESSAGE: Phrase(
        "You can make pictures only in servers. Please use a channel there."
    ),
    Denial.NOT_A_MEMBER: Phrase(
        "I am not a member of this server or group, so I cannot post here. Press Show to see your "
        "pictures."
    ),
    Denial.AGE_RESTRICTED: Phrase(
        "This picture comes from an age-restricted channel. You can use it only in age-restricted "
        "channels."
    ),
    Denial.SERVER_NOT_ALLOWED: Phrase(
        "This server is not on the list of servers that can use this bot. The bot's operator can "
        "add it."
    ),
    Denial.BOT: Phrase("Only people can ask for pictures."),
    Denial.NO_MODEL: Phrase("No model is available to you here."),
    Denial.SHUTTING_DOWN: Phrase("The bot is about to restart. Please try again in a minute."),
    Denial.CANNOT_POST: Phrase(
        "I cannot post pictures in this channel. I need the permissions View Channel, Send "
        "Messages and Attach Files (in threads, Send Messages in Threads). You can set private to "
        "True: then only you see the pictures."
    ),
    Denial.NO_ROOM: Phrase(
        "My disk is full, so I cannot make pictures now. Please try again later; the bot's "
        "operator can free up space."
    ),
    Denial.TIMED_OUT: Phrase("You are timed out here. Please try again when the timeout is over."),
    Denial.THREAD_LOCKED: Phrase(
        "This thread is locked, so I cannot post in it. Please use another channel."
    ),
    Denial.MAY_NOT_SEND: Phrase(
        "You cannot send messages in this channel, so I cannot post for you there. Please use "
        "another channel."
    ),
    Denial.MAY_NOT_ATTACH: Phrase(
        "You cannot attach files in this channel, so I cannot post pictures for you there. Please "
        "use another channel."
    ),
    Denial.PICTURE_GONE: Phrase(
        "This picture is gone: it was removed, or I can no longer see it. Please use another one."
    ),
    Denial.NO_RESULT_HERE: Phrase(
        "You have no picture in this channel that I can change. Add one as image1, or make one "
        "with /imagine."
    ),
    Denial.NO_SUCH_RESULT: Phrase(
        "I cannot find the picture in `of`. Please choose one from its list."
    ),
    Denial.NO_PICTURES: Phrase(
        "There is nothing to blend. Upload pictures in the form, or add some to your basket with "
        "Use as reference."
    ),
    Denial.PROMPT_HIDDEN: Phrase(
        "This server shows a prompt only to the person who wrote it. Please choose a result of "
        "your own."
    ),
    Denial.PROMPT_DELETED: Phrase(
        "The prompt of this picture was deleted. Reply to the picture and say what to change."
    ),
    Denial.PICTURES_NOT_KEPT: Phrase(
        "The reference pictures of this request are no longer stored. Please add them again with "
        "/edit."
    ),
    Denial.ROLE_NOT_ALLOWED: Phrase(
        "You need another role to make pictures in this server. Its moderators can tell you which "
        "one."
    ),
    Denial.UNJUDGED: safety.UNJUDGED,
    Denial.COMPARISONS_OFF: Phrase("Comparisons of models are turned off in this server."),
    Denial.COMPARISON_OVER: Phrase("This vote is over."),
    Denial.MODEL_HIDDEN: Phrase(
        "This would tell which model made the picture. Please wait until the vote on it has ended."
    ),
    Denial.NO_ALLOWANCE: Phrase(
        "You cannot make pictures in this server. Its moderators can change that."
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
        "Please wait before your next request: you can make it {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.CHANNEL_COOLDOWN: lambda v, when: _(
        "This channel has a cooldown: the next request is possible {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.REFUSED_TOO_OFTEN: lambda v, when: _(
        "Several of your requests were refused. You can try again {when}.",
        when=when(_int(v["until"])),
    ),
    Denial.NOT_STAFF: lambda v, when: str(_STAFF.get(str(v.get("level")), _STAFF["manager"])),
    Denial.NOT_YOUR_PICTURE: lambda v, when: (
        _("In this server you can change only your own pictures.")
        if v["server"]
        else _(
            "The owner of this picture does not let others change it. Please use another picture."
        )
    ),
    Denial.NOT_YOUR_AVATAR: lambda v, when: _(
        "That is another person's avatar. You can only use your own."
    ),
    Denial.RESULTS_ONLY: lambda v, when: _(
        "In this server only pictures that I made can be changed or used as a reference."
    ),
    Denial.OWNER_CANNOT_AGREE: lambda v, when: _(
        "In this server the person who posted a picture has to agree, and a bot or webhook posted "
        "this one. Please use another picture."
    ),
    Denial.OWNER_LEFT: lambda v, when: _(
        "In this server the person who posted a picture has to agree, and that person is no longer "
        "here. Please use another picture."
    ),
    Denial.SEVERAL_OWNERS: lambda v, when: _(
        "In this server the person who posted a picture has to agree. Please use pictures of one "
        "other person at a time."
    ),
    Denial.CONSENTS_WAITING: lambda v, when: _(
        "{count} of your requests already wait for others to agree. Please wait for their answers.",
        count=_int(v["count"]),
    ),
    Denial.CONSENT_ASKED: lambda v, when: sentences(
        _("I asked <@{owner}>, who posted the picture.", owner=_int(v["owner"])),
        _("If they allow it, your request starts automatically. Nothing is charged until then."),
    ),
    Denial.CONSENT_OVER: lambda v, when: _(
        "This request is no longer stored. Please send it again."
    ),
}


_STAFF = {
    "moderator": Phrase(
        "Only the server's moderators can use this: it needs the Moderate Members permission or "
        "the staff role."
    ),
    "manager": Phrase(
        "Only the server's managers can use this: it needs the Manage Server permission."
    ),
    "operator": Phrase("Only the bot's operator can use this."),
}


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _too_many(values: Mapping[str, object]) -> str:
    count = _int(values["count"])
    if values["mine"]:
        return _(
            "You have {count} requests in progress. Please wait until some of them are done.",
            count=count,
        )
    return _(
        "This server has {count} requests in progress. Please wait until some of them are done.",
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
        return _("You cannot make pictures in this channel. Please use another one.")
    return _(
        "You cannot make pictures in this channel. Please use {channels}.",
        channels=listed(places[:5]),
    )


_REASONS: dict[Reason, Phrase] = {
    Reason.REFUSED_PROMPT: Phrase("The safety filter refused the prompt. Please rephrase it."),
    Reason.REFUSED_REFERENCE: Phrase(
        "A reference picture was refused or could not be read. Common causes are people and "
        "protected content. Please try another picture."
    ),
    Reason.WITHHELD: Phrase("The safety filter blocked the result. Please try another prompt."),
    Reason.REFUSED_RESULT: Phrase(
        "The safety check of this bot, or the staff of this server, refused the result. Please try "
        "another prompt."
    ),
    Reason.UNCHECKED: Phrase(
        "The safety check of this bot did not answer, and nothing is posted without it. Please try "
        "again later."
    ),
    Reason.HOLD_EXPIRED: Phrase(
        "The staff of this server did not decide about the result in time."
    ),
    Reason.BAD_REQUEST: Phrase(
        "The image service did not accept this size or option. Please try another size or model."
    ),
    Reason.PROVIDER_DOWN: Phrase("The image service had a problem. Please try again later."),
    Reason.NO_CREDIT: Phrase(
        "The bot's account at the image service has no credit left. The bot's operator can top it "
        "up."
    ),
    Reason.UNKNOWN_OUTCOME: Phrase("The image service did not answer in time."),
    Reason.UNDELIVERABLE: Phrase(
        "The pictures could not be posted, and nobody picked them up in time."
    ),
    Reason.EXPIRED: Phrase(
        "The request waited in line for more than an hour. Please try again later."
    ),
    Reason.BY_MEMBER: Phrase("You cancelled it."),
    Reason.BY_MODERATOR: Phrase("A moderator cancelled it."),
    Reason.BLOCKED: Phrase("Your requests are blocked here."),
    Reason.INTERNAL: Phrase("Something went wrong on our side. Please try again."),
}

# docs/spec/image-apis.md section 11, last column.
_ERROR_CLASSES: dict[ErrorClass, Phrase] = {
    ErrorClass.PROMPT_REFUSED: Phrase("The safety filter refused the request. Please rephrase it."),
    ErrorClass.REFERENCE_REFUSED: Phrase(
        "A reference picture was refused. Common causes are people and protected content."
    ),
    ErrorClass.RESULT_WITHHELD: Phrase("The safety filter blocked the result."),
    ErrorClass.BAD_SIZE: Phrase("The model does not support this size."),
    ErrorClass.BAD_REFERENCE: Phrase("A reference picture could not be read."),
    ErrorClass.BAD_OPTION: Phrase("The model does not support one of the options."),
    ErrorClass.TOO_LARGE: Phrase("Together, the reference pictures are too large."),
    ErrorClass.AUTH: Phrase("The image service is not set up correctly: it refused the API key."),
    ErrorClass.CREDIT: Phrase("The account at the image service has no credit left."),
    ErrorClass.NOT_ALLOWED: Phrase("The model is not enabled for this API key."),
    ErrorClass.NO_SUCH_MODEL: Phrase("This model is not available any more."),
    ErrorClass.RATE: Phrase("The image service is busy. Please try again later."),
    ErrorClass.NO_CHANNEL: Phrase("The model is temporarily unavailable."),
    ErrorClass.SERVER: Phrase("The image service had a problem."),
    ErrorClass.BAD_RESPONSE: Phrase("The answer of the image service could not be read."),
    ErrorClass.NO_IMAGE: Phrase("The image service sent no picture."),
    ErrorClass.UNREACHABLE: Phrase("The image service cannot be reached."),
    ErrorClass.UNKNOWN_OUTCOME: Phrase(
        "This took too long. The picture may have been made and charged. Try a smaller size or "
        "fewer pictures."
    ),
}


def denial(error: AccessError, when: When, safe: Callable[[str], str]) -> str:
    """Return why the gate says no; `safe` makes the words of a moderator harmless."""
    if error.denial in _DENIALS:
        return str(_DENIALS[error.denial])
    if error.denial is Denial.JUDGED:
        return safety.refused(error.values, safe)
    values = dict(error.values)
    if reason := values.get("reason"):
        values["reason"] = safe(reason_said(str(reason)))
    return _TIMED[error.denial](values, when)


def quota_refusal(error: QuotaError, when: When) -> str:
    """Return which allowance is used up, and what helps."""
    sentence = _QUOTAS[error.scope](error)
    if error.renews_at is not None:
        sentence = sentences(sentence, _("It renews {when}.", when=when(error.renews_at)))
    elif error.limit is not None:
        limit = plural(error.limit, "credit")
        values = {"credits": limit, "per_window": per_window(error.window)}
        sentence = sentences(
            sentence,
            _("It will not be enough later either: the limit is {credits} {per_window}.", **values),
        )
    if error.fits:
        sentence = sentences(
            sentence, _("There is room for {pictures} now.", pictures=plural(error.fits, "picture"))
        )
    return sentences(sentence, _CHEAPER.get(error.cheaper, ""))


def reason_of(job: Job) -> str:
    """Return why a job ended without pictures, and what may help: only what can."""
    why = str(_REASONS[job.reason or Reason.INTERNAL])
    if job.reason is not Reason.UNKNOWN_OUTCOME:
        return why
    if job.claimed_by == RESTORED_COPY:
        return _(
            "The bot's database was restored from a copy, so it is not known whether this was made."
        )
    several, large = job.request.count > 1, _is_large(job.request.size)
    if several and large:
        return sentences(why, _("Please try a smaller size or fewer pictures."))
    if several:
        return sentences(why, _("Please try fewer pictures."))
    if large:
        return sentences(why, _("Please try a smaller size."))
    return sentences(why, _("Please try again later."))


def _is_large(size: str) -> bool:
    pixels = PixelSize.parse(size)
    return (
        size.partition(" ")[0] in ("3K", "4K") if pixels is None else pixels.pixels > _LARGE_PIXELS
    )


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
            "{delivered} of {pictures}: one was blocked by the safety filter and not charged.",
            "{delivered} of {pictures}: {count} were blocked by the safety filter and not charged.",
            absent,
            **values,
        )
    if outcome.reason in (Reason.REFUSED_RESULT, Reason.UNCHECKED):
        return ngettext(
            "{delivered} of {pictures}: one was refused by this bot's check and not charged.",
            "{delivered} of {pictures}: {count} were refused by this bot's check and not charged.",
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
            "This needs {credits}, but you have {left} left {this_window}.",
            credits=need,
            left=number(error.left),
            this_window=window,
        )
    return _(
        "This needs {credits}, but your quota for {this_window} is used up.",
        credits=need,
        this_window=window,
    )


def _server(error: QuotaError) -> str:
    return _(
        "This server does not have enough budget left for {this_window}.",
        this_window=this_window(error.window),
    )


def _bot(error: QuotaError) -> str:
    return _(
        "The bot does not have enough budget left for {this_window}.",
        this_window=this_window(error.window),
    )


_CHEAPER: dict[tuple[str, ...], Phrase] = {
    ("size",): Phrase("A smaller size costs less."),
    ("quality",): Phrase("A lower quality costs less."),
    ("size", "quality"): Phrase("A smaller size with a lower quality costs less."),
}
_QUOTAS: dict[QuotaScope, Callable[[QuotaError], str]] = {
    QuotaScope.MEMBER: _member,
    QuotaScope.BUDGET: _server,
    QuotaScope.CEILING: _server,
    QuotaScope.GLOBAL: _bot,
    QuotaScope.MONEY: _bot,
}


# --- a picture that the service made, and that did not arrive ---------------------------------

# By the code that is stored with a picture.
_LOST: dict[str, Phrase] = {
    "result_bad_address": Phrase("The address of the finished picture cannot be opened."),
    "result_forbidden_address": Phrase(
        "The finished picture is on a server that I may not open. The operator can allow it."
    ),
    "result_unreachable": Phrase("The server of the finished picture could not be reached."),
    "result_cut": Phrase("The connection broke each time before the finished picture was there."),
    "result_timeout": Phrase("The server of the finished picture stopped sending."),
    "result_too_large": Phrase("The file of the finished picture is too large."),
    "result_too_many_redirects": Phrase("The address of the finished picture redirects too often."),
    "not_a_picture": Phrase("A page or a text came in place of the finished picture."),
    "result_not_a_picture": Phrase("A page or a text came in place of the finished picture."),
    "bad_base64": Phrase("The finished picture was sent damaged."),
    "result_broken": Phrase("The file of the finished picture is damaged."),
    "result_too_many_pixels": Phrase("The finished picture has more pixels than I can read."),
    "result_too_many_bytes": Phrase("The file of the finished picture is too large."),
}


def lost_picture(code: str) -> str | None:
    """Return why a picture was lost, by the code that is stored with it; None if it says nothing.

    The status of the server that answered stands at the end of a code.
    """
    name, _rest, status = code.rpartition("_")
    if name == "result_status" and status.isdecimal():
        return lost_picture_status(int(status))
    known = _LOST.get(code)
    return None if known is None else str(known)


def lost_picture_status(status: int) -> str:
    """Return that the server of a finished picture answered with an error."""
    return _("The server of the finished picture answered {status}.", status=status)
