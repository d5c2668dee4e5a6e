"""What the private cards about results say: details, removal, basket, reports."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Job
from bot.ui.messages.tickets import size
from bot.ui.messages.words import number as written
from bot.ui.messages.words import plural, relative_time

USE = "Use as reference"
REPORT = "Report"
REMOVE = "Remove"
CLEAR = "Clear"

REMOVE_SURE = (
    "**Remove this result for everyone?** It cannot be brought back, and nobody can edit it any "
    "more. What it cost stays spent."
)
REMOVED = "**Removed.**"
REMOVED_BEFORE = "This result was removed before."
REMOVED_NOT_DELETED = (
    "It counts as removed, but Discord does not let me delete the message. A moderator can."
)
REMOVE_NOT_YOURS = "Only who asked for it, and moderators, can remove a result."

BASKET_EMPTY = "Your basket is empty."
BASKET_HOW = "/blend and /edit here take it along. It is kept for a day."

PROMPT_HIDDEN = "This server does not show what others asked for."
AGAIN_HIDDEN = "This server keeps prompts to those who wrote them. Please use /imagine instead."

REPORTED = "Thank you. The moderators of this server can see your report now."
REPORT_NOWHERE = (
    "This server has named no channel for reports yet. Please tell a moderator yourself."
)


def use(number: int) -> str:
    """Return the label that puts one picture of several into the basket."""
    return f"Use picture {number}"


def basket(count: int) -> str:
    """Return how full a basket is."""
    return f"**{plural(count, 'picture')} in your basket.**"


def facts(job: Job, label: str, sizes: Sequence[str]) -> str:
    """Return what made a result: model, sizes, options, who asked and when."""
    request = job.request
    lines = [
        f"{label} · {' and '.join(sizes) or size(request.size)} · "
        f"{plural(request.count, 'picture')}",
        *(f"{name}: {value}" for name, value in sorted(request.options.items())),
        f"{_asker(job)} {relative_time(job.created_at)}",
    ]
    return "\n".join(lines)


def _asker(job: Job) -> str:
    # A tombstone is no member's id.
    return f"asked by <@{job.user_id}>" if job.user_id > 0 else "asked by somebody"


def request_id(job: Job) -> str:
    """Return the id to name in a question to the operator."""
    return f"Request {job.job_id}"


def ancestor(step: int, prompt: str, number: int | None, jump: str | None) -> str:
    """Return one line of the chain, the nearest parent first."""
    which = f"picture {number} of " if number else ""
    link = f"[{which}this]({jump})" if jump else "no longer there"
    return f"{step}. {link} · {prompt}"


CHAIN = "**Made from**"
CALLS_FAILED = "**What went wrong**"


def call_failed(sentence: str, times: int) -> str:
    """Return what a service answered, and how often if it was more than once."""
    return f"- {sentence}" if times == 1 else f"- {sentence} ({written(times)} times)"


def given_back(job: Job) -> str:
    """Return what became of the credits that a failed request held."""
    credits = job.request.credits
    verb = "was" if credits == 1 else "were"
    return f"{plural(credits, 'credit')} {verb} set aside for it and {verb} given back."


def original(number: int, url: str) -> str:
    """Return the link to the image service's own file."""
    return f"[Original of picture {number}]({url}), for a day"


def report(user_id: int, reason: str, text: str, jump: str) -> str:
    """Return a report for the moderators."""
    more = f"\n> {text}" if text else ""
    return f"**Report** by <@{user_id}> · [the message]({jump})\n{reason}{more}"
