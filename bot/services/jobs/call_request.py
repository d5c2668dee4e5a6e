"""What an upstream call is given, and what its reply says of each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import Call, Job, PictureState
from bot.domain.requests.failover import SPOOL_FULL
from bot.domain.text.discord_codes import without_members
from bot.domain.text.prompt_parts import NO_PARTS
from bot.services.ports import CallRequest, ReferenceFile, ReplyItem, Spool, StoredReference


def call_request_for(
    job: Job,
    item: Call,
    references: Sequence[StoredReference],
    spool: Spool,
    user_tag: Callable[[int], str],
) -> CallRequest:
    """Return the request of a call, with its references and the place of its reply."""
    pictures = [reference for reference in references if reference.role == "picture"]
    masks = [reference for reference in references if reference.role == "mask"]
    return CallRequest(
        request=replace(job.request, prompt=_sent(job), parts=NO_PARTS, style="", style_words=""),
        images=item.images_asked,
        references=tuple(_reference_file(reference, spool) for reference in pictures),
        mask=_reference_file(masks[0], spool) if masks else None,
        user_tag=user_tag(job.user_id),
        reply=spool.path(spool.reply(job.job_id, item.seq, item.try_number)),
    )


def _sent(job: Job) -> str:
    """Return the member's words without the names of others, in those of style and server."""
    return job.request.parts.around(without_members(job.request.styled_prompt))


def _reference_file(reference: StoredReference, spool: Spool) -> ReferenceFile:
    return ReferenceFile(
        path=spool.path(reference.path),
        mime=reference.mime,
        url=reference.url,
        url_expires_at=reference.url_expires_at,
        converted=reference.converted,
    )


async def at_hand(call_request: CallRequest, spool: Spool) -> CallRequest:
    """Return a call's request with local files of its pictures, where they are still kept."""

    async def local(one: ReferenceFile) -> ReferenceFile:
        path = one.path and await spool.get(f"{one.path.parent.name}/{one.path.name}")
        return replace(one, path=path or one.path)

    mask = call_request.mask
    return replace(
        call_request,
        references=tuple([await local(one) for one in call_request.references]),
        mask=mask and await local(mask),
    )


def picture_state(entry: ReplyItem) -> PictureState:
    """Return what is known of a picture that a reply names."""
    if entry.failure is None:
        return PictureState.KNOWN
    if entry.failure.error_class is ErrorClass.RESULT_WITHHELD:
        return PictureState.WITHHELD
    return PictureState.FAILED


def no_room() -> Failure:
    """Return the failure of a call that is not sent: its reply would find no room."""
    return Failure(
        error_class=ErrorClass.SERVER, code=SPOOL_FULL, message="the spool is full", sent=False
    )
