"""What tickets, results and channel lines say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Destination, Job, JobState, Reason
from bot.domain.requests.request import ImageRequest, Obstacle
from bot.services.ports import Progress
from bot.ui.language import Phrase, _
from bot.ui.messages.commands import field_name
from bot.ui.messages.requests.comparisons import WHERE as TOGETHER
from bot.ui.messages.requests.outcomes import NOTHING_CHARGED, reason_of
from bot.ui.messages.words import commas, listed, moment, number, plural, relative_time, sentences

CANCEL = Phrase("Cancel")
STOP = Phrase("Stop the rest")
REFRESH = Phrase("Refresh")
WHY = Phrase("Why?")
RETRY = Phrase("Retry")
FIX = Phrase("Fix it")
REPHRASE = Phrase("Rephrase")
OTHER_PICTURES = Phrase("Use other pictures")
SHOW = Phrase("Show")
SHARE = Phrase("Share to channel")
DISCARD = Phrase("Discard")
# Action, emoji and label of each button below a result.
RESULT_BUTTONS = (
    ("edit", "✏️", Phrase("Edit")),
    ("again", "🔁", Phrase("Again")),
    ("details", "ℹ️", Phrase("Details")),
    ("remove", "🗑️", Phrase("Remove")),
)
PARENT_EMOJI = "↩️"
PARENT = Phrase("Parent")

REQUEST_UNKNOWN = Phrase("This request is no longer stored. Use /jobs to see your requests.")
REQUEST_NOT_YOURS = Phrase("This is someone else's request. Only they can do that.")
PICTURES_NOT_KEPT = Phrase(
    "The files of these pictures are no longer stored. Please make the request again."
)
NOTHING_TO_RETRY = Phrase("This request did not fail, so there is nothing to retry.")
DISCARDED = Phrase("**Discarded.** Nothing was charged.")
REQUEST_ENDED = Phrase("This request has already ended.")
BUTTON_UNKNOWN = Phrase("This button no longer works. Please run the command again.")
COMMAND_CHANGED = Phrase("This command has just changed. Please try again in a minute.")

FITTED = Phrase("Re-encoded for Discord.")
SENT_AGAIN = Phrase("Sent again after a restart.")


DATABASE_AWAY = Phrase(
    "I cannot save anything right now, so nothing was started and nothing was charged. The bot's "
    "operator is being notified. Please try again in a few minutes."
)


def unexpected(code: str) -> str:
    """Return the words for an error that nobody foresaw; the log has the same code."""
    return _(
        "Sorry, something went wrong on our side. Please try again; if it happens again, tell the "
        "bot's operator the code {code}.",
        code=code,
    )


def unanswered(user_id: int) -> str:
    """Return what the channel says when a private answer does not get through."""
    return _(
        "{member} Discord does not let me answer you in private right now. /jobs shows your "
        "requests.",
        member=f"<@{user_id}>",
    )


def refused(label: str | None) -> str:
    """Return the first line of a refusal; `label` is the model that refuses."""
    if label:
        return _("**{model} cannot do this as it is.**", model=label)
    return _("**This cannot be done as it is.**")


def refused_here() -> str:
    """Return the first line of a refusal that the rules of the server are the reason for."""
    return _("**The rules of this server do not allow this.**")


def fewer(count: int) -> str:
    """Return the label of the button that asks for fewer pictures."""
    return _("Make {count} instead", count=number(count))


def other_model(label: str, credits: int) -> str:
    """Return that another model takes the very same request, and for how much."""
    return _("**{model}** can do it for {credits}.", model=label, credits=plural(credits, "credit"))


def use_model(label: str, credits: int) -> str:
    """Return the label of the button that takes another model."""
    return _("Use {model} · {credits}", model=label, credits=plural(credits, "credit"))


NO_MODEL_CAN = Phrase("No model here can do all of it. In the way:")


def obstacle(item: Obstacle) -> str:
    """Return which options are in the way of some models."""
    options = listed(map(field_name, item.fields), "and")
    return _("- {options} for {models}", options=options, models=commas(item.labels))


CANCELLED = Phrase("**Cancelled.**")
HELD = Phrase(
    "**The staff of this server is looking at it.** The safety check was not sure about the "
    "pictures. I will post them when they are approved; if nobody decides by {when}, nothing is "
    "charged."
)


def headline(progress: Progress, ready_at: int | None) -> str:
    """Return the first line of a ticket. Each stays true if it is never edited again."""
    job = progress.job
    if progress.last_word:
        return last_word(job)
    if job.collected:
        return _("**Ready.** This picture waits for the others that it is compared with.")
    if job.state is JobState.DELIVERING:
        return _("**Ready.** The pictures are being posted.")
    if job.held:
        return HELD.filled(when=moment(job.expires_at))
    if job.state is JobState.QUEUED:
        head = _("**Queued** · {place}", place=in_line(progress.position))
        return _expected(head, ready_at)
    if job.state is JobState.CANCELLED:
        why = None if job.reason is Reason.BY_MEMBER else reason_of(job)
        return sentences(CANCELLED, why or "", NOTHING_CHARGED)
    if job.state is JobState.FAILED:
        return sentences(_("**No picture this time.**"), reason_of(job), NOTHING_CHARGED)
    if job.cancel_requested:
        return _("**Stopping.** Pictures that are already being made will still be posted.")
    if not job.started_at:
        return _expected(_("**Started**"), ready_at)
    return _expected(_("**Started** {when}", when=relative_time(job.started_at)), ready_at)


def _expected(head: str, ready_at: int | None) -> str:
    if not ready_at:
        return head
    return _("{head} · expected {when}", head=head, when=relative_time(ready_at))


def in_line(position: int) -> str:
    """Return a request's place among those that wait."""
    if position <= 1:
        return _("next in line")
    return _("number {number} in line", number=number(position))


def waiting(job: Job) -> str:
    """Return the first line of a ticket whose result waits for pick-up."""
    return _(
        "**Your pictures are ready**, but they could not be posted. You can get them until "
        "{when}, here or in /jobs.",
        when=moment(job.expires_at),
    )


def jump(guild_id: int, channel_id: int, message_id: int | None) -> str:
    """Return the address of a message; outside servers `guild_id` is 0."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"


def done(delivered: int, unit_credits: int, jump: str | None, left: int | None) -> str:
    """Return the first line of a ticket that is done; `jump` leads to a public result.

    `left` is what its member has left by now, None where that is unknown or unlimited.
    """
    charged = credits_and_left(delivered * unit_credits, left)
    pictures = plural(delivered, "picture")
    made = f"[{pictures}]({jump})" if jump else pictures
    return _("**Done** · {pictures} · {credits}", pictures=made, credits=charged)


def last_word(job: Job) -> str:
    """Return what a ticket says before Discord freezes it: true whatever comes."""
    if job.destination is Destination.CHANNEL:
        return _(
            "**This is taking a while.** I can no longer update this message. I will post the "
            "result in this channel, or say that there is none. If I cannot post, see /jobs."
        )
    return _(
        "**This is taking a while.** I can no longer update this message. See /jobs: private "
        "pictures stay there for a day. If there are none, nothing is charged."
    )


def where(job: Job) -> str:
    """Return where the result will appear."""
    if job.destination is Destination.CHANNEL:
        if job.guild_id:
            return _("I will post the result in this channel.")
        return _("I will post the result here.")
    if job.destination is Destination.COMPARISON:
        return str(TOGETHER)
    return _("The result will appear here, and only you can see it.")


def related_set(request: ImageRequest) -> str:
    """Return the first line of a ticket whose number of pictures nobody typed."""
    return _(
        "**A related set of {pictures} for {credits}**",
        pictures=plural(request.count, "picture"),
        credits=plural(request.credits, "credit"),
    )


def order(label: str, job: Job) -> str:
    """Return what was ordered: model, size, number of pictures, and what they are made from."""
    request = job.request
    kind = "related picture" if request.related else "picture"
    if job.model_hidden:
        # Not all models take the same size, or pictures.
        return f"{label} · {plural(request.count, kind)}"
    parts = [label, size(request.size), plural(request.count, kind)]
    if request.references:
        parts.append(_("from {pictures}", pictures=plural(request.references, "picture")))
    if request.mask:
        parts.append(_("with a mask"))
    return " · ".join(parts)


def credits_and_left(count: int, left: int | None) -> str:
    """Return credits that are held or charged, and what is left of the quota beside them."""
    credits = plural(count, "credit")
    if left is None:
        return credits
    return _("{credits}, {left} left", credits=credits, left=number(left))


def size(text: str) -> str:
    """Return a size as people write it."""
    words = {"auto": _("automatic size"), "adaptive": _("same shape")}
    return words.get(text) or text.replace("x", "×")


def caption(label: str, sizes: Sequence[tuple[int, int]], user_id: int) -> str:
    """Return the line below a result's prompt: model, sizes found in the reply, who asked."""
    found = [f"{width}×{height}" for width, height in dict.fromkeys(sizes)]
    return " · ".join([label, *([listed(found, "and")] if found else []), f"<@{user_id}>"])


def several(count: int, *, replies: bool) -> str:
    """Return how one of the pictures of a result is changed."""
    pictures = plural(count, "picture")
    if replies:
        return _("{pictures} · reply “2: …” to change one", pictures=pictures)
    return _("{pictures} · press Edit to change one", pictures=pictures)


def numbered(first: int, last: int, of: int) -> str:
    """Return which pictures a further message of the same result holds."""
    if first == last:
        return _("Picture {number} of {of}", number=first, of=of)
    return _("Pictures {first} to {last} of {of}", first=first, last=last, of=of)


def announcement(job: Job) -> str:
    """Return the public line for a request without a result; it gives no reason away."""
    member = f"<@{job.user_id}>"
    if job.held:
        return _("{member}, your pictures need more time. Press Why? to read more.", member=member)
    if job.waits_for_pickup:
        return _(
            "{member}, your pictures are ready, but I could not post them here. Press Why? to get "
            "them.",
            member=member,
        )
    return _(
        "{member}, your picture request could not be finished. Nothing was charged.", member=member
    )
