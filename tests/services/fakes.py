"""What is paid, slow or remote, played from a script: an image service, Discord, the decoders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.catalog import ReferenceRule
from bot.domain.errors import (
    DeliveryError,
    ErrorClass,
    Failure,
    PictureError,
    PictureProblem,
    ProviderError,
)
from bot.domain.job import Job
from bot.domain.provenance import Credentials, Marks
from bot.domain.requests.request import Reference
from bot.domain.variations.canvas import Margins
from bot.services.ports import (
    CallRequest,
    MessageReference,
    PictureFacts,
    PreparedReference,
    Progress,
    Reaction,
    ReferenceSource,
    Reply,
    ReplyItem,
    ResultPart,
    Retry,
    ReviewCard,
    forbid_transaction,
)

LOST = "https://cdn.example.org/lost.png"


class Everybody:
    """A Discord where nobody left (port Membership)."""

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        return True


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int) -> None:
        self.at = now

    def now(self) -> int:
        return self.at


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one upstream call does: it brings pictures, fails, or waits until it may go on."""

    images: int | None = None
    lost: int = 0
    withheld: int = 0
    cost_micro: int | None = None
    failure: Failure | None = None
    again: bool = False
    gate: asyncio.Event | None = None
    breaks: Exception | None = None


def failing(error_class: ErrorClass, *, again: bool = False, sent: bool = True) -> Step:
    """Return a call that fails; `again` says that it may be repeated."""
    return Step(failure=Failure(error_class=error_class, code="c", sent=sent), again=again)


class ScriptedService:
    """An image service: each call takes the next step, without one it brings what was asked."""

    def __init__(self, name: str = "routescope", *, slots: int = 4) -> None:
        self.name = name
        self.slots = slots
        self.script: list[Step] = []
        self.orders: list[CallRequest] = []
        self.under_way = 0
        self.most_at_once = 0
        self._again = False

    async def attempt(
        self, call_request: CallRequest, before_send: Callable[[], Awaitable[None]]
    ) -> Reply:
        await before_send()
        forbid_transaction("a call")
        self.orders.append(call_request)
        step = self.script.pop(0) if self.script else Step()
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if step.gate is not None:
                await step.gate.wait()
        finally:
            self.under_way -= 1
        if step.breaks is not None:
            raise step.breaks
        if step.failure is not None:
            self._again = step.again
            raise ProviderError(step.failure)
        reply = answered(call_request.images if step.images is None else step.images, step)
        call_request.reply.write_text("complete")
        return reply

    async def read(self, call_request: CallRequest) -> Reply | None:
        return answered(call_request.images, Step()) if call_request.reply.exists() else None

    def retry(self, call_request: CallRequest, failure: Failure, tries: int) -> Retry | None:
        return Retry(wait_seconds=0) if self._again else None

    async def collect(self, item: ReplyItem, target: Path) -> None:
        forbid_transaction("a download")
        if item.url == LOST:
            raise ProviderError(Failure(error_class=ErrorClass.BAD_RESPONSE))
        _write(target, 1000)


def answered(images: int, step: Step) -> Reply:
    """Return a reply with so many pictures, of which some are lost, and some more withheld."""
    withheld = Failure(error_class=ErrorClass.RESULT_WITHHELD, code="withheld")
    urls = [LOST] * step.lost + ["https://cdn.example.org/a.png"] * (images - step.lost)
    items = [ReplyItem(url=url) for url in urls]
    return Reply(
        items=(*items, *[ReplyItem(failure=withheld)] * step.withheld), cost_micro=step.cost_micro
    )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the decoder says of a file."""

    bytes: int
    mime: str = "image/png"
    width: int = 64
    height: int = 64
    rotated: bool = False
    frames: int = 1
    sha256: str = "0" * 64
    pixel_hash: str = "1" * 64
    marks: str = ""
    common: bool = True


class PlainPictures:
    """A decoder that believes every file; `unfit` files cannot be made smaller."""

    def __init__(self) -> None:
        self.fitted: list[int] = []
        self.writes_marks = self.checks_credentials = False
        self.credentials, self.knows_issuers = Credentials.NONE, False
        self.checked = 0
        self.marked: list[str] = []
        self.complete = False
        self.unfit = False
        self.found = Facts(bytes=0)
        self.smaller: Facts | None = Facts(bytes=0)
        self.asked_for: list[str | None] = []

    async def inspect_result(self, source: Path) -> PictureFacts:
        found = self.smaller if source.name.startswith("fitted") else self.found
        if found is None:
            raise PictureError(PictureProblem.BROKEN)
        return replace(found, bytes=_size(source))

    async def fit(
        self,
        source: Path,
        target: Path,
        *,
        limit_bytes: int,
        mime: str | None = None,
        content_id: str = "",
    ) -> PictureFacts:
        if self.unfit:
            raise PictureError(PictureProblem.CANNOT_FIT, limit=limit_bytes)
        self.asked_for.append(mime)
        if mime is not None or not self.found.common:  # another type is as large here
            limit_bytes = min(limit_bytes, _size(source))
        else:
            self.fitted.append(limit_bytes)
        _write(target, limit_bytes)
        return Facts(bytes=limit_bytes)

    async def thumbnail(self, source: Path, target: Path, *, longest_edge: int) -> PictureFacts:
        _write(target, longest_edge)
        return Facts(bytes=longest_edge)

    async def mark(
        self, source: Path, target: Path, *, limit_bytes: int, content_id: str = ""
    ) -> Facts | None:
        self.marked.append(content_id)
        if self.complete:
            return None
        _write(target, min(limit_bytes, _size(source) + 10))
        return Facts(bytes=_size(target))

    async def marks(self, source: Path) -> Marks:
        self.checked += 1
        return Marks(credentials=self.credentials, issuer_known=self.knows_issuers)


class PlainReferences:
    """References that are what they are called: `bad` ones are no pictures."""

    async def fetch(self, source: ReferenceSource, target: Path) -> Reference:
        forbid_transaction("fetching a reference")
        if source.name.startswith("bad"):
            raise PictureError(PictureProblem.NOT_A_PICTURE)
        _write(target, 9)
        size = 10 if source.name.startswith("small") else 800
        return Reference(url=source.url, mime="image/png", width=size, height=size, bytes=9)

    async def prepare(self, path: Path, found: Reference, rule: ReferenceRule) -> PreparedReference:
        return PreparedReference(reference=found)

    async def prepare_mask(
        self, path: Path, rule: ReferenceRule, *, width: int, height: int
    ) -> Reference:
        return Reference(mime="image/png", width=width, height=height, bytes=9)

    async def extend(self, path: Path, mask: Path, margins: Margins) -> tuple[Reference, Reference]:
        _write(mask, 9)
        made = Reference(mime="image/png", width=800, height=800, bytes=9)
        return made, made


class ScriptedSpoilers:
    """Messages whose pictures are covered by an edit, or by posting them again.

    `edits` says whether Discord edits them; an exception is raised instead of the next answer.
    """

    def __init__(self) -> None:
        self.edits = True
        self.covered: dict[int, bool] = {}
        self.again: dict[int, int] = {}
        self.posted: list[int] = []
        self.gone: set[int] = set()
        self.cover_error: Exception | None = None
        self.before_post: Callable[[], Awaitable[None]] | None = None

    async def cover(self, channel_id: int, message_id: int, *, spoiler: bool) -> bool | None:
        forbid_transaction("editing a message")
        if self.cover_error:
            raise self.cover_error
        if message_id in self.gone:
            return None
        if self.edits:
            self.covered[message_id] = spoiler
        return self.covered.get(message_id, False) is spoiler

    async def post_again(
        self, channel_id: int, message_id: int, *, spoiler: bool, tried_at: int | None
    ) -> int | None:
        forbid_transaction("posting a message again")
        if message_id in self.gone:
            return None
        if tried_at is None or message_id not in self.again:
            self.again[message_id] = message_id + 1_000_000
            self.posted.append(self.again[message_id])
            self.covered[self.again[message_id]] = spoiler
        if self.before_post:
            await self.before_post()
        return self.again[message_id]


class ScriptedCards:
    """The channel of staff: its cards by job; each post or edit takes the next step first."""

    def __init__(self) -> None:
        self.script: list[Exception | None] = []
        self.posted: list[ReviewCard] = []
        self.shown: list[ReviewCard] = []
        self.there: dict[str, int] = {}
        self.before_post: Callable[[], None] = lambda: None
        self.lost: set[str] = set()

    async def post(self, card: ReviewCard) -> int:
        forbid_transaction("a review")
        self.before_post()
        self._step()
        assert all([await asyncio.to_thread(path.exists) for path in card.files])
        self.posted.append(card)
        self.there[card.job.job_id] = 7000 + len(self.posted)
        return self.there[card.job.job_id]

    async def find(self, card: ReviewCard) -> int | None:
        forbid_transaction("a review")
        return self.there.get(card.job.job_id)

    async def show(self, card: ReviewCard) -> None:
        forbid_transaction("a review")
        self._step()
        assert card.review.message_id == self.there[card.job.job_id]
        self.shown.append(card)

    def _step(self) -> None:
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step


class Members:
    """Who is in the server: everybody but those who left."""

    def __init__(self) -> None:
        self.left: set[int] = set()

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        forbid_transaction("asking for a member")
        return user_id not in self.left


class ScriptedPublisher:
    """Discord: each post takes the next step, without one it is posted."""

    def __init__(self) -> None:
        self.limit_bytes = 10_000
        self.last_id = 9000
        self.script: list[Exception | None] = []
        self.before_post: Callable[[], None] = lambda: None
        self.posted: list[ResultPart] = []
        self.sizes: list[list[int]] = []
        self.there: dict[str, int] = {}
        self.shown: list[Progress] = []
        self.announced: list[Job] = []
        self.announcing: list[Exception | bool] = []
        self.looks = True
        self.ticket_alive = True
        self.signs: set[tuple[int, Reaction]] = set()
        self.lines: dict[int, object] = {}
        self.away = False
        self.may_post = self.may_react = self.doors_open = True
        self.whispers: list[tuple[int, Sequence[str] | Job]] = []

    def may_move(self, channel_id: int, to: int) -> bool:
        return True

    async def may_post_in(self, channel_id: int, to: int) -> bool:
        forbid_transaction("asking for a channel")
        return True

    def upload_limit(self, job: Job) -> int:
        return self.limit_bytes

    async def post(self, part: ResultPart) -> int:
        forbid_transaction("a post")
        self.before_post()
        self.sizes.append([file.stat().st_size for file in part.files])
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step
        self.posted.append(part)
        # Two publishers of one Discord share what is there.
        self.last_id = max(self.last_id, *self.there.values(), 0) + 1
        self.there[part.post.nonce] = self.last_id
        return self.there[part.post.nonce]

    async def find(self, part: ResultPart) -> int | None:
        return self.there.get(part.post.nonce) if self.looks else None

    def may_look(self, part: ResultPart) -> bool:
        return self.looks

    async def show(self, progress: Progress) -> bool:
        forbid_transaction("a ticket")
        self.shown.append(replace(progress))
        return self.ticket_alive

    async def announce(self, job: Job) -> bool:
        forbid_transaction("an announcement")
        step = self.announcing.pop(0) if self.announcing else True
        if isinstance(step, Exception):
            raise step
        self.announced.append(job)
        return step

    async def sign(self, channel_id: int, message_id: int, sign: Reaction, *, on: bool) -> bool:
        self._reach("a reaction")
        if not self.may_react:
            return False
        (self.signs.add if on else self.signs.discard)((message_id, sign))
        return True

    async def post_ticket(self, progress: Progress) -> int | None:
        return self._line(progress)

    async def find_ticket(self, job: Job) -> int | None:
        self._reach("looking for a ticket")
        found = (
            message_id
            for message_id, line in self.lines.items()
            if isinstance(line, Progress) and line.job.job_id == job.job_id
        )
        return next(found, None)

    async def show_ticket(self, progress: Progress) -> bool:
        self._reach("a ticket")
        self.lines[progress.job.ticket_message_id or 0] = progress
        return True

    async def bad_news(self, job: Job) -> int | None:
        return self._line(job) if self.may_post else None

    async def refuse(self, channel_id: int, message_id: int, why_id: str) -> int | None:
        return self._line(why_id) if self.may_post else None

    async def whisper(self, asked: MessageReference, about: Sequence[str] | Job) -> bool:
        self._reach("a direct message")
        if self.doors_open:
            self.whispers.append((asked.user_id, about))
        return self.doors_open

    async def pictures(self, channel_id: int, message_id: int) -> list[str] | None:
        self._reach("reading")
        return [] if message_id in self.lines else None

    async def delete(self, channel_id: int, message_id: int) -> bool:
        forbid_transaction("deleting")
        if self.away:
            return False
        self.lines.pop(message_id, None)
        return True

    def _line(self, what: object) -> int:
        self._reach("a line")
        self.lines[8000 + len(self.lines)] = what
        return max(self.lines)

    def _reach(self, what: str) -> None:
        forbid_transaction(what)
        if self.away:
            raise OSError("Discord is away")


def _write(target: Path, size: int) -> None:
    target.write_bytes(b"p" * size)


def _size(source: Path) -> int:
    return source.stat().st_size


GONE = DeliveryError(10003, "Unknown Channel")
TOO_LARGE = DeliveryError(40005, "Request entity too large")
