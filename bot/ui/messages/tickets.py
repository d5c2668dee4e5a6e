"""What tickets, results and channel lines say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.request import ImageRequest
from bot.services.ports import Progress
from bot.ui.messages.outcomes import NOTHING_CHARGED, reason
from bot.ui.messages.words import listed, moment, number, plural, relative_time

CANCEL = "Cancel"
STOP = "Stop the rest"
REFRESH = "Refresh"
WHY = "Why?"
RETRY = "Retry"
FIX = "Fix it"
SHOW = "Show"
SHARE = "Share to channel"
DISCARD = "Discard"
# Action, emoji and label of each button below a result.
RESULT_BUTTONS = (
    ("edit", "✏️", "Edit"),
    ("again", "🔁", "Again"),
    ("details", "ℹ️", "Details"),
    ("remove", "🗑️", "Remove"),
)
PARENT_EMOJI = "↩️"
PARENT = "Parent"

REQUEST_UNKNOWN = "I do not know this request any more."
REQUEST_NOT_YOURS = "This is somebody else's request: only they can do that."
PICTURES_NOT_KEPT = "The files of these pictures are not kept any more."
NOTHING_TO_RETRY = "This request did not fail: there is nothing to retry."
DISCARDED = f"**Discarded.** {NOTHING_CHARGED}"
REQUEST_ENDED = "This request has ended already."
BUTTON_UNKNOWN = "This button does not do anything any more."
COMMAND_CHANGED = "This command has just changed. Please try again in a minute."

FITTED = "Re-encoded to fit Discord's upload limit."
SENT_AGAIN = "Sent again after a restart."


DATABASE_AWAY = (
    "I cannot write anything down at the moment, so nothing was started and nothing is charged. "
    "My operator is being told. Please try again in a few minutes."
)


def unexpected(code: str) -> str:
    """Return the words for an error that nobody foresaw; the log has the same code."""
    return (
        "Sorry, something went wrong on our side. Please try again; if it happens again, tell the "
        f"bot's operator the code {code}."
    )


def refused(label: str | None) -> str:
    """Return the first line of a refusal; `label` is the model that refuses."""
    return f"**{label} cannot do this as it is.**" if label else "**This cannot be done as it is.**"


def other_model(label: str) -> str:
    """Return that another model takes the very same request."""
    return f"**{label}** could."


def headline(progress: Progress, ready_at: int | None) -> str:
    """Return the first line of a ticket. Each stays true if it is never edited again."""
    job = progress.job
    expected = f" · expected {relative_time(ready_at)}" if ready_at else ""
    if progress.last_word:
        return last_word(job)
    if job.state is JobState.DELIVERING:
        return "**Ready.** The pictures are being posted."
    if job.state is JobState.QUEUED:
        place = "next in line" if progress.position <= 1 else f"number {progress.position} in line"
        return f"**Queued** · {place}{expected}"
    if job.state is JobState.CANCELLED:
        why = "" if job.reason is Reason.BY_MEMBER else f" {reason(job.reason)}"
        return f"**Cancelled.**{why} {NOTHING_CHARGED}"
    if job.state is JobState.FAILED:
        return f"**No picture this time.** {reason(job.reason)} {NOTHING_CHARGED}"
    if job.cancel_requested:
        return "**Stopping.** What is being drawn already will still come."
    started = f" {relative_time(job.started_at)}" if job.started_at else ""
    return f"**Started**{started}{expected}"


def waiting(job: Job) -> str:
    """Return the first line of a ticket whose result waits for pick-up."""
    return (
        "**Your pictures are ready**, but they could not be posted. They wait for you until "
        f"{moment(job.expires_at)}, here and in /jobs."
    )


def jump(guild_id: int, channel_id: int, message_id: int | None) -> str:
    """Return the address of a message; outside servers `guild_id` is 0."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def done(delivered: int, unit_credits: int, jump: str | None) -> str:
    """Return the first line of a ticket that is done; `jump` leads to a public result."""
    charged = plural(delivered * unit_credits, "credit")
    pictures = plural(delivered, "picture")
    return f"**Done** · {f'[{pictures}]({jump})' if jump else pictures} · {charged}"


def last_word(job: Job) -> str:
    """Return what a ticket says before Discord freezes it: true whatever comes."""
    if job.destination is Destination.CHANNEL:
        return (
            "**This is taking long.** This note cannot change any more. The result, or word that "
            "there is none, comes as a message in this channel; if that cannot be, see /jobs."
        )
    return (
        "**This is taking long.** This note cannot change any more. Look into /jobs: private "
        "pictures wait there for a day, and if there are none, nothing is charged."
    )


def where(job: Job) -> str:
    """Return where the result will appear."""
    if job.destination is Destination.CHANNEL:
        return f"The result comes as a message {'in this channel' if job.guild_id else 'here'}."
    return "The result comes here, and only you will see it."


def order(label: str, request: ImageRequest) -> str:
    """Return what was ordered: model, size and number of pictures."""
    kind = "related picture" if request.related else "picture"
    return f"{label} · {size(request.size)} · {plural(request.count, kind)}"


def held(request: ImageRequest, left: int | None) -> str:
    """Return what the request holds, and what is left of the quota beside it."""
    rest = "" if left is None else f", {number(left)} left"
    return f"{plural(request.credits, 'credit')}{rest}"


def size(text: str) -> str:
    """Return a size as people write it."""
    return {"auto": "automatic size", "adaptive": "same shape"}.get(text, text.replace("x", "×"))


def caption(label: str, sizes: Sequence[tuple[int, int]], user_id: int) -> str:
    """Return the line below a result's prompt: model, sizes found in the reply, who asked."""
    found = [f"{width}×{height}" for width, height in dict.fromkeys(sizes)]
    return " · ".join([label, *([listed(found, "and")] if found else []), f"<@{user_id}>"])


def numbered(first: int, last: int, of: int) -> str:
    """Return which pictures a further message of the same result holds."""
    which = f"Picture {first}" if first == last else f"Pictures {first} to {last}"
    return f"{which} of {of}"


PROMPT_HIDDEN = "this server does not show what was asked for."


def alt_text(place: int, of: int, prompt: str | None) -> str:
    """Return the description of one picture for those who cannot see it."""
    which = f"Picture {place} of {of}" if of > 1 else "Picture"
    return f"{which}: {prompt or PROMPT_HIDDEN}"


def announcement(job: Job) -> str:
    """Return the public line for a request without a result; it gives no reason away."""
    if job.waits_for_pickup:
        return (
            f"<@{job.user_id}>, your pictures are ready, but could not be posted here. "
            "Why? gives them to you."
        )
    return f"<@{job.user_id}>, your picture request could not be finished. {NOTHING_CHARGED}"
