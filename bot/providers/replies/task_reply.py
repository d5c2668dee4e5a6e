"""Recognises a service that answers with a task to ask for, which Easel does not do. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from bot.domain.errors import ASYNCHRONOUS, ErrorClass, Failure
from bot.providers.replies.classify import clean, request_id_of
from bot.providers.replies.http_answer import Answer

# Names of fields, without case and `_`.
_TASKS = ("taskid", "jobid", "predictionid", "generationid")
_ASK_AT = ("pollingurl", "pollurl", "statusurl")
_IDS = ("id", "requestid")
_STATES = ("status", "state", "taskstatus", "jobstatus")
_LATER = frozenset(
    {
        "accepted",
        "created",
        "in_progress",
        "in_queue",
        "inprogress",
        "new",
        "not_start",
        "pending",
        "processing",
        "queued",
        "queueing",
        "running",
        "scheduled",
        "starting",
        "submitted",
        "waiting",
    }
)
_ENDED = re.compile(r"succe|complete|finish|fail|error|done|ready|cancel|moderated|not found")
_SUBMITTED = re.compile(r"提交成功|\b(task|job) (was |has been )?(submitted|created|queued)", re.I)
_DEEPEST = 4


def is_pending(fields: Mapping[str, object]) -> bool:
    """Whether an object says that its pictures are not there yet."""
    return _state(_plain(fields)) in _LATER


def task_in(fields: Mapping[str, object], answer: Answer) -> Failure | None:
    """Return what a reply without pictures is where it names a task; None where it does not."""
    for place in _places(fields, 0):
        state = _state(place)
        ended = state not in _LATER and _ENDED.search(state)
        if ended:
            continue
        has_task = any(place.get(key) for key in (*_TASKS, *_ASK_AT))
        if has_task or (state in _LATER and any(place.get(key) for key in _IDS)):
            return asynchronous(answer, place)
    said = " ".join(str(fields.get(name, "")) for name in ("message", "msg", "description"))
    if answer.status == 202 or _SUBMITTED.search(said):
        return asynchronous(answer, _plain(fields))
    return None


def asynchronous(answer: Answer, place: Mapping[str, object]) -> Failure:
    """Return the failure of a service that answers later, with the task's id if it names one."""
    names = (*_TASKS, *_IDS, "result")
    task = next(
        (str(place[key]) for key in names if isinstance(place.get(key), str | int) and place[key]),
        "",
    )
    task = task or answer.headers.get("operation-location", "")
    return Failure(
        error_class=ErrorClass.BAD_RESPONSE,
        code=ASYNCHRONOUS,
        message=f"the service answers later; task {clean(task) or 'without an id'}",
        http_status=answer.status,
        request_id=request_id_of(answer.headers),
    )


def _places(value: object, depth: int) -> Iterator[Mapping[str, object]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        yield _plain(fields)
        for one in fields.values():
            yield from _places(one, depth + 1)
    elif isinstance(value, list) and len(cast("list[object]", value)) == 1:
        yield from _places(cast("list[object]", value)[0], depth + 1)


def _state(plain: Mapping[str, object]) -> str:
    return next((str(plain[key]).lower() for key in _STATES if plain.get(key)), "")


def _plain(fields: Mapping[str, object]) -> Mapping[str, object]:
    return {name.replace("_", "").lower(): value for name, value in fields.items()}
