"""What an upstream call is given, and what its reply says of each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus

from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import Call, CallState, Job, PictureState
from bot.domain.text.discord_codes import without_members
from bot.services.ports import CallRequest, ReferenceFile, ReplyItem, Spool, StoredReference

_FILTERED = frozenset(
    {ErrorClass.PROMPT_REFUSED, ErrorClass.REFERENCE_REFUSED, ErrorClass.RESULT_WITHHELD}
)
_REFUSED = _FILTERED | frozenset(
    {
        ErrorClass.BAD_SIZE,
        ErrorClass.BAD_REFERENCE,
        ErrorClass.BAD_OPTION,
        ErrorClass.TOO_LARGE,
    }
)
# Nothing in these answers says whether pictures were made, so budgets count them
# (docs/spec/states.md, T3b); a 502 comes from something between the service and us.
_PERHAPS_PAID = frozenset(
    {ErrorClass.UNKNOWN_OUTCOME, ErrorClass.BAD_RESPONSE, ErrorClass.NO_IMAGE}
)


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
        request=replace(job.request, prompt=without_members(job.request.prompt)),
        images=item.images_asked,
        references=tuple(_reference_file(reference, spool) for reference in pictures),
        mask=_reference_file(masks[0], spool) if masks else None,
        user_tag=user_tag(job.user_id),
        reply=spool.path(spool.reply(job.job_id, item.seq, item.try_number)),
    )


def _reference_file(reference: StoredReference, spool: Spool) -> ReferenceFile:
    return ReferenceFile(
        path=spool.path(reference.path),
        mime=reference.mime,
        url=reference.url,
        url_expires_at=reference.url_expires_at,
        converted=reference.converted,
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
        error_class=ErrorClass.SERVER, code="spool_full", message="the spool is full", sent=False
    )


def failed_state(failure: Failure) -> CallState:
    """Return how a failed call ends: refused, known to be unpaid, or unknown.

    A refusal with a status of 500 and above was wrapped by something between the service and us,
    which says nothing of the bill (docs/spec/replies.md section 2).
    """
    wrapped = failure.error_class in _FILTERED and (failure.http_status or 0) >= 500
    bad_gateway = failure.http_status == HTTPStatus.BAD_GATEWAY
    if failure.error_class in _PERHAPS_PAID or wrapped or bad_gateway:
        return CallState.UNKNOWN
    return CallState.REFUSED if failure.error_class in _REFUSED else CallState.FAILED
