"""What a member asks for, and what they are told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.catalog import Offer
from bot.domain.job import Job
from bot.domain.message_limits import MESSAGE_FILES
from bot.domain.requests.request import Draft, Note, NoteKind, Violation
from bot.domain.text.typed_request import TypedRequest
from bot.services.ports import Progress, QuotaStatus, ReferenceSource
from bot.services.servers.access import Requester
from bot.services.styles.preferences import Preferred


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a member asked, with what is needed to answer: `origin` names the Discord event.

    The draft's own pictures are empty: they come as `sources`, and as `mask`. `parent` is the
    picture that is edited: job id, number. `again_of` and `retry_of` are the job that is repeated
    or varied, or retried. `reply_to` is the member's message that asked; there is no ticket token
    then.
    `problems` and `notes` are what reading the text found. `decided` are those of `spoiler` and
    `private` that were said, None where it was made before: then no defaults are put in.
    `consent_id` is the consent of the owner of a picture that it waited for. `comparison_id` is
    what its result is posted in, with others.
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
    decided: frozenset[str] | None = None
    consent_id: str | None = None
    comparison_id: str | None = None

    @property
    def covered(self) -> bool:
        """Whether the result is posted behind a spoiler: asked for, or as what it is made from."""
        return self.spoiler or any(source.spoiler for source in self.sources)

    def repeats(self, job: Job) -> bool:
        """Tell whether it asks for what a job with the same `again_of` asks for."""
        request, draft = job.request, self.draft
        if request.variation is None or draft.variation is None:
            return request.variation is draft.variation
        pictures = job.parent_index, self.parent[1] if self.parent else None
        return (
            request.variation is draft.variation
            and request.count == (draft.count or 1)
            and pictures[0] == pictures[1]
        )

    def asking(self, typed: TypedRequest) -> Submission:
        """Return the submission with what was typed and chosen."""
        return replace(
            self,
            draft=typed.draft,
            spoiler=typed.spoiler,
            private=typed.private,
            problems=typed.problems,
            notes=typed.notes,
            decided=typed.decided,
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


def with_defaults(submission: Submission, preferred: Preferred) -> Submission:
    """Return the submission with its style, and shown as its member prefers.

    A result can be private only where an interaction carries it, in one message.
    """
    said, defaults = submission.decided, preferred.defaults
    notes = (*submission.notes, *preferred.notes)
    spoiler, private = submission.spoiler, submission.private
    if said is not None:
        spoiler = spoiler or ("spoiler" not in said and bool(defaults.spoiler))
        if not private and "private" not in said and defaults.private:
            private = (
                bool(submission.ticket_token) and (submission.draft.count or 1) <= MESSAGE_FILES
            )
            if not private:
                values = {"model": "", "style": "", "fields": ["private"]}
                notes = (*notes, Note(kind=NoteKind.DEFAULT_LEFT_OUT, values=values))
    if preferred.covered and not spoiler:
        spoiler = True
        notes = (*notes, Note(kind=NoteKind.SPOILER_INHERITED))
    return replace(
        submission,
        draft=preferred.draft,
        notes=notes,
        problems=(*submission.problems, *preferred.problems),
        spoiler=spoiler,
        private=private,
    )
