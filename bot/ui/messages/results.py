"""What the private cards about results say: details, removal, basket, reports."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Job
from bot.domain.provenance import PostedMark
from bot.domain.requests.request import ImageRequest
from bot.ui.language import Phrase, Text, _, ngettext, pgettext
from bot.ui.messages.commands import option_name, value_name
from bot.ui.messages.requests.outcomes import lost_picture
from bot.ui.messages.tickets import size
from bot.ui.messages.words import listed, plural, relative_time
from bot.ui.messages.words import number as written
from bot.ui.text import escaped

USE = Phrase("Use as reference")
REPORT = Phrase("Report")
REMOVE = Phrase("Remove")
CLEAR = Phrase("Clear")

REMOVE_SURE = Phrase(
    "**Remove this result for everyone?** This cannot be undone, and nobody can edit the result "
    "afterwards. Its credits are not refunded."
)
REMOVED = Phrase("**Removed.**")
REMOVED_BEFORE = Phrase("This result was already removed.")
REMOVED_NOT_DELETED = Phrase(
    "The result is marked as removed, but Discord does not let me delete its message. A moderator "
    "can delete it."
)
REMOVE_NOT_YOURS = Phrase("Only moderators and the person who requested this result can remove it.")

BASKET_EMPTY = Phrase("Your basket is empty.")
BASKET_HOW = Phrase(
    "Use /blend here to combine it with other pictures. Your basket is kept for a day."
)

PROMPT_HIDDEN = Phrase("This server does not show other members' prompts.")
PROMPT_GONE = Phrase("This prompt was deleted.")
AGAIN_HIDDEN = Phrase(
    "This server shows a prompt only to the person who wrote it. Please use /imagine instead."
)

REPORTED = Phrase("Thank you. The moderators of this server can see your report now.")
REPORT_NOWHERE = Phrase(
    "This server has no channel for reports yet. Please tell a moderator directly."
)


def use(number: int) -> str:
    """Return the label that puts one picture of several into the basket."""
    return _("Use picture {number}", number=number)


def basket(count: int) -> str:
    """Return how full a basket is."""
    return _("**{pictures} in your basket.**", pictures=plural(count, "picture"))


def parts_added(parts: str) -> str:
    """Return what the server's managers added before and after a prompt."""
    return _("The server added: {parts}", parts=parts)


def facts(job: Job, label: str, sizes: Sequence[str]) -> str:
    """Return what made a result: model, sizes, options, who asked and when."""
    request = job.request
    found = listed(sizes, "and") if sizes else size(request.size)
    lines = [
        f"{label} · {found} · {plural(request.count, 'picture')}",
        *([] if job.model_hidden else _told_of_model(request)),
        _asked(job),
    ]
    return "\n".join(lines)


# Of several that fit, the first says the most.
_CREDENTIALS = (
    (
        {PostedMark.SIGNED, PostedMark.TRUSTED},
        Phrase("content credentials by me: valid, issuer known"),
    ),
    ({PostedMark.SIGNED}, Phrase("content credentials by me: valid, issuer not known")),
    (
        {PostedMark.VALID, PostedMark.TRUSTED},
        Phrase("valid content credentials of a known issuer, as the image service made them"),
    ),
    (
        {PostedMark.VALID},
        Phrase("valid content credentials of the image service, unchanged"),
    ),
    (
        {PostedMark.BROKEN},
        Phrase("**broken** content credentials, as the image service made them"),
    ),
    ({PostedMark.KEPT}, Phrase("content credentials of the image service, unchanged")),
)
_TEXTS = {
    PostedMark.IPTC: Phrase("a field that says how it was made (IPTC)"),
    PostedMark.AIGC: Phrase("China's field AIGC"),
}


def marks(found: Sequence[PostedMark]) -> str:
    """Return which marks of its origin a picture has that was posted."""
    if not found:
        return _("Marks in the file: none")
    credentials = [text for needed, text in _CREDENTIALS if needed <= set(found)]
    shown = [*credentials[:1], *(_TEXTS[one] for one in found if one in _TEXTS)]
    return _("Marks in the file: {marks}", marks=listed(shown, "and"))


def _told_of_model(request: ImageRequest) -> list[str]:
    """Return the options, which not all models have, and the image service."""
    return [
        *(
            _("{option}: {value}", option=option_name(name), value=value_name(value))
            for name, value in sorted(request.options.items())
        ),
        _("made by the image service {name}", name=escaped(request.provider)),
    ]


def _asked(job: Job) -> str:
    when = relative_time(job.created_at)
    # A tombstone is no member's id.
    if job.user_id > 0:
        return _("requested by {member} {when}", member=f"<@{job.user_id}>", when=when)
    return _("requested by someone {when}", when=when)


def request_id(job: Job) -> str:
    """Return the id to name in a question to the operator."""
    return _("Request {id}", id=job.job_id)


def ancestor(step: int, prompt: str, number: int | None, jump: str | None) -> str:
    """Return one line of the chain, the nearest parent first."""
    which = pgettext("a result that another was made from", "this")
    if number:
        which = _("picture {number} of this", number=number)
    link = f"[{which}]({jump})" if jump else _("no longer there")
    return f"{step}. {link} · {prompt}"


CHAIN = Phrase("**Made from**")
CALLS_FAILED = Phrase("**What went wrong**")


PICTURES_MISSING = Phrase("**Pictures that are missing**")
_WITHHELD = Phrase("The safety filter of the service held this picture back.")
_NOT_SENT = Phrase("The service named this picture and did not send it.")


def picture_missing(code: str, *, withheld: bool) -> str:
    """Return why one picture of a result did not arrive, by the code that is stored with it."""
    fallback = _WITHHELD if withheld else _NOT_SENT
    return f"- {(None if withheld else lost_picture(code)) or fallback}"


def call_failed(sentence: str, times: int) -> str:
    """Return what a service answered, and how often if it was more than once."""
    if times == 1:
        return f"- {sentence}"
    return ngettext(
        "- {sentence} ({count} time)",
        "- {sentence} ({count} times)",
        times,
        sentence=sentence,
        count=written(times),
    )


def given_back(job: Job) -> str:
    """Return what became of the credits that a failed request held."""
    credits = job.request.credits
    return ngettext(
        "{credits} was reserved and has been refunded.",
        "{credits} were reserved and have been refunded.",
        credits,
        credits=plural(credits, "credit"),
    )


def original(number: int, url: str) -> str:
    """Return the link to the image service's own file."""
    return _("[Original of picture {number}]({url}), available for a day", number=number, url=url)


def report(reason: Text, text: str, jump: str) -> str:
    """Return a report for the moderators."""
    head = _("**Report** · [the message]({url})", url=jump)
    more = f"\n> {text}" if text else ""
    return f"{head}\n{reason}{more}"
