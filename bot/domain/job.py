"""Jobs and their upstream calls: states, allowed transitions, and the outcome of a job.

docs/spec/states.md draws the states; the guarded statements that move them live in storage.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.catalog import Operation
from bot.domain.errors import ErrorClass
from bot.domain.requests.request import ImageRequest


class JobState(StrEnum):
    """queued → running → delivering → done; or failed, or cancelled; perhaps held for staff."""

    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    # Back to queued: recovery found that nothing was sent (T11a), a rate limit outlasted the tries
    # (T3b), or another provider takes over (T14).
    JobState.RUNNING: frozenset(
        {JobState.DELIVERING, JobState.HELD, JobState.FAILED, JobState.QUEUED}
    ),
    # Staff approves or refuses it, or nobody looks at it in time (T16, T17).
    JobState.HELD: frozenset({JobState.DELIVERING, JobState.FAILED}),
    JobState.DELIVERING: frozenset({JobState.DONE, JobState.FAILED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Reason(StrEnum):
    """Why a job ended without pictures."""

    REFUSED_PROMPT = "refused_prompt"
    REFUSED_REFERENCE = "refused_reference"
    WITHHELD = "withheld"
    REFUSED_RESULT = "refused_result"
    UNCHECKED = "unchecked"
    HOLD_EXPIRED = "hold_expired"
    BAD_REQUEST = "bad_request"
    PROVIDER_DOWN = "provider_down"
    NO_CREDIT = "no_credit"
    UNKNOWN_OUTCOME = "unknown_outcome"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"
    BY_MEMBER = "by_member"
    BY_MODERATOR = "by_moderator"
    BLOCKED = "blocked"
    INTERNAL = "internal"


# Claims the jobs that a restored copy ends; no process has this name.
RESTORED_COPY = "restored"

# The service's filter said no, to the words, to a picture or to its own result.
SERVICE_REFUSALS = (Reason.REFUSED_PROMPT, Reason.REFUSED_REFERENCE, Reason.WITHHELD)
# Or the operator's judges did, or staff.
REFUSALS = (*SERVICE_REFUSALS, Reason.REFUSED_RESULT)


class Destination(StrEnum):
    """Where the result goes."""

    CHANNEL = "channel"
    INTERACTION = "interaction"
    PICKUP = "pickup"
    COMPARISON = "comparison"  # posted together with others, then as CHANNEL


# Where everybody sees a result.
PUBLIC = frozenset({Destination.CHANNEL, Destination.COMPARISON})


class CallState(StrEnum):
    """planned → sent → answered, refused, failed or unknown; or skipped."""

    PLANNED = "planned"
    SENT = "sent"
    ANSWERED = "answered"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class PictureState(StrEnum):
    """What is known of one picture of a reply."""

    KNOWN = "known"
    FETCHED = "fetched"
    WITHHELD = "withheld"
    REFUSED = "refused"
    FAILED = "failed"


# How long a result that could not be posted waits for its member (docs/spec/states.md, T8).
PICKUP_SECONDS = 24 * 3600
# How long a result waits for a review by staff (T15).
HOLD_SECONDS = 24 * 3600
# Why a picture was refused: its code. A judge did, or it could not be judged.
JUDGED, NOT_JUDGED = "judged", "not_judged"
# Crockford's alphabet: a job id can be read aloud and typed.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_job_id() -> str:
    """Return 13 random characters (65 bits), which grant nothing by themselves."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(13))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One accepted request. Times are UTC seconds.

    `parent_index` is the number of the parent's picture, from 1. `reply_to_message_id` is the
    message that asked, where no interaction did; `ticket_message_id` is then its public ticket.
    `locale` is the language of who asked, None where Discord did not say; `server_locale` that of
    what everybody reads there.
    `stop_reason` says who wanted it stopped while it ran.
    `comparison_id` is what compares it with others; it is `blind` while members vote on it.
    """

    job_id: str
    origin: str
    guild_id: int
    channel_id: int
    user_id: int
    request: ImageRequest
    state: JobState
    destination: Destination
    spoiler: bool
    created_at: int
    expires_at: int
    reason: Reason | None = None
    cancel_requested: bool = False
    stop_reason: Reason | None = None
    ticket_token: str | None = None
    ticket_expires_at: int | None = None
    claimed_by: str | None = None
    attempt: int = 0
    started_at: int | None = None
    finished_at: int | None = None
    told_at: int | None = None
    parent_job_id: str | None = None
    parent_index: int | None = None
    again_of: str | None = None
    retried_by: str | None = None
    reply_to_message_id: int | None = None
    ticket_message_id: int | None = None
    locale: str | None = None
    server_locale: str | None = None
    comparison_id: str | None = None
    blind: bool = False

    @property
    def operation(self) -> Operation:
        return self.request.operation

    @property
    def secret(self) -> bool:
        """Whether it is its member's alone: asked for privately, or outside servers."""
        return not self.guild_id or self.destination not in PUBLIC

    @property
    def waits_for_pickup(self) -> bool:
        """Whether its pictures are there, could not be posted, and wait for the member."""
        return self.state is JobState.DELIVERING and self.destination is Destination.PICKUP

    @property
    def held(self) -> bool:
        """Whether its pictures are there and wait for a review by staff."""
        return self.state is JobState.HELD

    @property
    def collected(self) -> bool:
        """Whether its picture is there and waits for those that it is compared with."""
        return self.state is JobState.DELIVERING and self.destination is Destination.COMPARISON

    @property
    def model_hidden(self) -> bool:
        """Whether nobody is told its model: members vote on its picture, or are going to."""
        over = self.state in (JobState.FAILED, JobState.CANCELLED)
        return self.blind or (self.destination is Destination.COMPARISON and not over)

    @property
    def ticket_locale(self) -> str | None:
        """The language of its ticket: the member's, or the server's below a message."""
        return self.locale or self.server_locale

    @property
    def result_locale(self) -> str | None:
        """The language of what its result says, by who sees it."""
        if self.destination in PUBLIC:
            return self.server_locale
        return self.ticket_locale

    @property
    def news_at(self) -> int:
        """When there was last something to tell: its end, or that it waits."""
        if self.held:
            return self.expires_at - HOLD_SECONDS
        return self.expires_at - PICKUP_SECONDS if self.waits_for_pickup else self.finished_at or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One upstream call of a job; `try_number` counts repeats that are known to be unpaid.

    `charged_micro` is what the service said that it charged, in micro-units of the operator's
    currency; None where it did not say.
    """

    job_id: str
    seq: int
    try_number: int
    state: CallState
    images_asked: int
    images_made: int = 0
    error_class: ErrorClass | None = None
    error_code: str = ""
    provider: str = ""
    charged_micro: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture of a job, counted from 0 over all its calls; paths are relative to the spool.

    What it is as its service made it, and of the file that is posted, which may be another one:
    its hash, that of its coded pixels, and its marks (`bot.domain.provenance.PostedMark`).
    """

    job_id: str
    position: int
    call_seq: int
    state: PictureState
    source_url: str | None = None
    path: str | None = None
    sha256: str | None = None
    mime: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    posted_sha256: str | None = None
    pixel_hash: str | None = None
    marks: str | None = None
    error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message of a result; several when a message's limits split it.

    A message of a comparison is shared: the pictures of this result begin at `first_place` in it.
    """

    job_id: str
    part: int
    channel_id: int
    nonce: str
    positions: tuple[int, ...]
    first_try_at: int | None = None
    message_id: int | None = None
    removed_at: int | None = None
    first_place: int = 0


_REASONS = {
    ErrorClass.PROMPT_REFUSED: Reason.REFUSED_PROMPT,
    ErrorClass.REFERENCE_REFUSED: Reason.REFUSED_REFERENCE,
    ErrorClass.BAD_REFERENCE: Reason.REFUSED_REFERENCE,
    ErrorClass.RESULT_WITHHELD: Reason.WITHHELD,
    ErrorClass.BAD_SIZE: Reason.BAD_REQUEST,
    ErrorClass.BAD_OPTION: Reason.BAD_REQUEST,
    ErrorClass.TOO_LARGE: Reason.BAD_REQUEST,
    ErrorClass.CREDIT: Reason.NO_CREDIT,
    ErrorClass.UNKNOWN_OUTCOME: Reason.UNKNOWN_OUTCOME,
}


def reason_of(error_class: ErrorClass | None) -> Reason:
    """Return the job's reason for a failed call's class."""
    return _REASONS.get(error_class, Reason.PROVIDER_DOWN) if error_class else Reason.INTERNAL
