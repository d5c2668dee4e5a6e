"""Rows to domain values and back; the only place that knows both spellings."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from bot.domain.comparisons.comparison import Comparison, ComparisonState
from bot.domain.errors import ErrorClass, Failure
from bot.domain.job import (
    Call,
    CallState,
    Destination,
    Job,
    JobState,
    Picture,
    PictureState,
    Reason,
)
from bot.domain.quotas.windows import Window
from bot.domain.requests.consent import Whose
from bot.domain.requests.request import ImageRequest
from bot.services.ports import CounterKey, CounterKind, Hold, StoredReference

AnyRow = Row[*tuple[Any, ...]]


def canonical_json(value: object) -> str:
    """Write JSON in one spelling, in ASCII: equal values are equal text, and all can be stored."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _storable(text: str | None) -> str | None:
    """Drop what no database keeps: a service's own words may hold NULs and lone surrogates."""
    return text and text.encode(errors="replace").decode().replace("\0", "")


def job_values(job: Job) -> dict[str, Any]:
    """Return a job's columns, but for `turn`, which the insert finds out."""
    return {
        "job_id": job.job_id,
        "origin": job.origin,
        "guild_id": job.guild_id,
        "channel_id": job.channel_id,
        "user_id": job.user_id,
        "operation": job.operation.value,
        "model_id": job.request.model,
        "provider": job.request.provider,
        "unit_credits": job.request.unit_credits,
        "request": canonical_json(job.request.to_dict()),
        "count": job.request.count,
        "spoiler": job.spoiler,
        "parent_job_id": job.parent_job_id,
        "parent_index": job.parent_index,
        "again_of": job.again_of,
        "reply_to_message_id": job.reply_to_message_id,
        "locale": job.locale,
        "server_locale": job.server_locale,
        "state": job.state.value,
        "reason": job.reason and job.reason.value,
        "cancel_requested": job.cancel_requested,
        "destination": job.destination.value,
        "ticket_token": job.ticket_token,
        "ticket_expires_at": job.ticket_expires_at,
        "claimed_by": job.claimed_by,
        "attempt": job.attempt,
        "expires_at": job.expires_at,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "told_at": job.told_at,
        "comparison_id": job.comparison_id,
        "blind": job.blind,
    }


def job_of(row: AnyRow) -> Job:
    """Read a row of `jobs`."""
    return Job(
        job_id=row.job_id,
        origin=row.origin,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        user_id=row.user_id,
        request=ImageRequest.from_dict(json.loads(row.request)),
        state=JobState(row.state),
        destination=Destination(row.destination),
        spoiler=row.spoiler,
        created_at=row.created_at,
        expires_at=row.expires_at,
        reason=Reason(row.reason) if row.reason else None,
        cancel_requested=row.cancel_requested,
        stop_reason=Reason(row.stop_reason) if row.stop_reason else None,
        ticket_token=row.ticket_token,
        ticket_expires_at=row.ticket_expires_at,
        claimed_by=row.claimed_by,
        attempt=row.attempt,
        started_at=row.started_at,
        finished_at=row.finished_at,
        told_at=row.told_at,
        parent_job_id=row.parent_job_id,
        parent_index=row.parent_index,
        again_of=row.again_of,
        retried_by=row.retried_by,
        reply_to_message_id=row.reply_to_message_id,
        ticket_message_id=row.ticket_message_id,
        locale=row.locale,
        server_locale=row.server_locale,
        comparison_id=row.comparison_id,
        blind=row.blind,
    )


def reference_values(job_id: str, reference: StoredReference) -> dict[str, Any]:
    """Return the columns of a reference picture."""
    return {
        "job_id": job_id,
        "role": reference.role,
        "position": reference.position,
        "path": reference.path,
        "mime": reference.mime,
        "width": reference.width,
        "height": reference.height,
        "bytes": reference.bytes,
        "sha256": reference.sha256,
        "url": reference.url,
        "url_expires_at": reference.url_expires_at,
        "converted": reference.converted,
        "owner_id": reference.owner_id,
        "whose": reference.whose.value,
        "source": reference.result and f"{reference.result[0]}.{reference.result[1]}",
    }


def reference_of(row: AnyRow) -> StoredReference:
    """Read a row of `reference_pictures`."""
    return StoredReference(
        position=row.position,
        role=row.role,
        path=row.path,
        mime=row.mime,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        sha256=row.sha256,
        url=row.url,
        url_expires_at=row.url_expires_at,
        converted=row.converted,
        result=_result(row.source),
        owner_id=row.owner_id,
        whose=Whose(row.whose),
    )


def _result(source: str | None) -> tuple[str, int] | None:
    """Read which picture of which job a reference was: `JOB.2`."""
    job_id, _, number = (source or "").partition(".")
    return (job_id, int(number)) if number else None


def call_of(row: AnyRow) -> Call:
    """Read a row of `calls`."""
    return Call(
        job_id=row.job_id,
        seq=row.seq,
        try_number=row.try_number,
        state=CallState(row.state),
        images_asked=row.images_asked,
        images_made=row.images_made,
        error_class=ErrorClass(row.error_class) if row.error_class else None,
        error_code=row.error_code,
        provider=row.provider,
        charged_micro=row.charged_micro,
    )


def failure_values(failure: Failure | None) -> dict[str, Any]:
    """Return the columns of `calls` that tell what went wrong."""
    return {
        "new_http_status": failure and failure.http_status,
        "new_error_class": failure and failure.error_class.value,
        "new_error_code": (failure and _storable(failure.code)) or "",
        "new_request_id": failure and _storable(failure.request_id),
    }


def picture_values(picture: Picture) -> dict[str, Any]:
    """Return the columns of a picture."""
    return {
        "job_id": picture.job_id,
        "position": picture.position,
        "call_seq": picture.call_seq,
        "state": picture.state.value,
        "source_url": picture.source_url,
        "path": picture.path,
        "sha256": picture.sha256,
        "mime": picture.mime,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.bytes,
        "posted_sha256": picture.posted_sha256,
        "pixel_hash": picture.pixel_hash,
        "marks": picture.marks,
        "error_code": _storable(picture.error_code),
    }


def picture_of(row: AnyRow) -> Picture:
    """Read a row of `pictures`."""
    return Picture(
        job_id=row.job_id,
        position=row.position,
        call_seq=row.call_seq,
        state=PictureState(row.state),
        source_url=row.source_url,
        path=row.path,
        sha256=row.sha256,
        mime=row.mime,
        width=row.width,
        height=row.height,
        bytes=row.bytes,
        posted_sha256=row.posted_sha256,
        pixel_hash=row.pixel_hash,
        marks=row.marks,
        error_code=row.error_code,
    )


def hold_of(row: AnyRow) -> Hold:
    """Read a row of `holds`."""
    counter = None
    if row.grant_id is None:
        counter = CounterKey(
            kind=CounterKind(row.kind),
            guild_id=row.guild_id,
            user_id=row.user_id,
            window=Window(row.window),
            starts_at=row.starts_at,
        )
    return Hold(
        part=row.part,
        counter=counter,
        grant_id=row.grant_id,
        amount=row.amount,
        kept=row.kept,
    )


def comparison_of(row: AnyRow) -> Comparison:
    """Read a row of `comparisons`."""
    return Comparison(
        comparison_id=row.comparison_id,
        origin=row.origin,
        guild_id=row.guild_id,
        state=ComparisonState(row.state),
        created_at=row.created_at,
        ticket_token=row.ticket_token,
        ticket_expires_at=row.ticket_expires_at,
        tried_at=row.tried_at,
        closes_at=row.closes_at,
        closed_at=row.closed_at,
        shown_at=row.shown_at,
    )
