"""What a member asks for, and what they are told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.catalog import Offer
from bot.domain.requests.request import Draft, Note, Violation
from bot.domain.text.typed_request import TypedRequest
from bot.services.ports import Progress, QuotaStatus, ReferenceSource
from bot.services.servers.access import Requester


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a member asked, with what is needed to answer: `origin` names the Discord event.

    The draft's own pictures are empty: they come as `sources`, and as `mask`. `parent` is the
    picture that is edited: job id, number. `again_of` and `retry_of` are the job that is repeated
    or retried. `reply_to` is the member's message that asked; there is no ticket token then.
    `problems` and `notes` are what reading the text found.
    """

    draft: Draft
    sources: tuple[ReferenceSource, ...] = ()
    mask: ReferenceSource | None = None
    requester: Requester
    origin: str
    spoiler: bool = False
    private: bool = False
    ticket_token: str | None = None
    ticket_expires_at: int | None = None
    parent: tuple[str, int] | None = None
    again_of: str | None = None
    retry_of: str | None = None
    reply_to: int | None = None
    problems: tuple[Violation, ...] = ()
    notes: tuple[Note, ...] = ()

    def asking(self, typed: TypedRequest) -> Submission:
        """Return the submission with what was typed and chosen."""
        return replace(
            self,
            draft=typed.draft,
            spoiler=typed.spoiler,
            private=typed.private,
            problems=typed.problems,
            notes=typed.notes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the member is told at once. `known` means that this very event came before."""

    progress: Progress
    offer: Offer
    quota_status: QuotaStatus
    known: bool = False

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.progress.job.request.notes
