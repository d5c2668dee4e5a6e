"""Whether a provider's key is right, asked so that nothing can be drawn or paid.

An answer proves a key only where a made-up key is refused at the same place: some servers list
their models to everybody, and some look at the request before they look at the key.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.providers.dialects.dialect import HttpCall
from bot.providers.replies.classify import failure_of
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_pictures import (
    is_usable,
    list_or_none,
    mapping_or_none,
    pictures_in,
)
from bot.providers.replies.reply_reader import read_json

_PROBE_PATH = "/images/generations"

# Sends a call with the provider's key, or with another one; raises ProviderError.
Ask = Callable[[HttpCall, str | None], Awaitable[Answer]]
# The one key that the local image APIs refuse, and that no service gives out.
_MADE_UP_KEY = "wrong"


class KeyState(StrEnum):
    """What a check of a provider's key found."""

    OK = "ok"
    WRONG = "wrong"
    UNREACHABLE = "unreachable"
    # Something in front of the service refuses this client.
    BLOCKED = "blocked"
    # It answers, and nothing shows whether it looked at the key.
    UNPROVEN = "unproven"
    # It answers without one, as the operator said.
    NO_KEY = "no_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """The state, and the service's own words for the operator."""

    state: KeyState
    detail: str = ""


async def check_key(ask: Ask, *, probe: bool, path: str = "/models") -> KeyCheck:
    """Ask for the models first, or what else at `path` needs a key.

    With `probe` then for a picture that cannot be made, where it must.
    """
    first = question(path)
    try:
        models = await ask(first, None)
        if listed(models) is not None:
            return await _proven(ask, first)
        found = _judged(models)
        if found.state in (KeyState.WRONG, KeyState.BLOCKED):
            return found
        if not probe:
            return found
        answer = await ask(_probe(), None)
        found = _judged(answer)
        if found.state is not KeyState.UNPROVEN or answer.status < 300:
            return found
        return await _proven(ask, _probe(), found.detail)
    except ProviderError as error:
        return KeyCheck(state=KeyState.UNREACHABLE, detail=_said(error.failure))


def question(path: str) -> HttpCall:
    """Return a call that costs nothing."""
    return HttpCall(path=path, body={}, method="GET")


async def check_without_key(ask: Ask) -> KeyCheck:
    """Ask for the models of a service that needs no key; a refusal says that it does."""
    try:
        models = await ask(question("/models"), None)
    except ProviderError as error:
        return KeyCheck(state=KeyState.UNREACHABLE, detail=_said(error.failure))
    if listed(models) is not None:
        return KeyCheck(state=KeyState.NO_KEY)
    found = _judged(models)
    return replace(found, state=KeyState.NO_KEY) if found.state is KeyState.UNPROVEN else found


def listed(answer: Answer) -> frozenset[str] | None:
    """Return the ids that a list of models names; None for an answer that is none."""
    if answer.status != 200:
        return None
    body = read_json(answer.body)
    entries = list_or_none(body)
    fields = mapping_or_none(body)
    if fields is not None and ("data" in fields or "models" in fields):
        entries = list_or_none(fields.get("data", fields.get("models"))) or []
    if entries is None:
        return None
    named = (mapping_or_none(entry) for entry in entries)
    ids = (entry.get("id", entry.get("name")) for entry in named if entry is not None)
    return frozenset(one for one in ids if isinstance(one, str))


async def _proven(ask: Ask, call: HttpCall, detail: str = "") -> KeyCheck:
    """See whether a made-up key is refused where the provider's own was not."""
    made_up = await ask(call, _MADE_UP_KEY)
    if failure_of(made_up).error_class is ErrorClass.AUTH:
        return KeyCheck(state=KeyState.OK, detail=detail)
    return KeyCheck(state=KeyState.UNPROVEN, detail=detail)


def _probe() -> HttpCall:
    return HttpCall(path=_PROBE_PATH, body={"model": "", "prompt": ""})


def _judged(answer: Answer) -> KeyCheck:
    """Judge one answer alone: a refused key, a page in its place, or an answer of a service."""
    if answer.status < 300:
        body = read_json(answer.body)
        if is_usable(pictures_in(body)):
            return KeyCheck(state=KeyState.UNPROVEN, detail="it answered with a picture")
        return KeyCheck(state=KeyState.UNREACHABLE, detail=_said(failure_of(answer)))
    failure = failure_of(answer)
    detail = _said(failure)
    if failure.error_class is ErrorClass.AUTH:
        return KeyCheck(state=KeyState.WRONG, detail=detail)
    if answer.status in (403, 406, 429, 503) and not _is_json(answer):
        return KeyCheck(state=KeyState.BLOCKED, detail=f"{answer.status} {detail}".strip())
    if failure.error_class in (
        ErrorClass.UNREACHABLE,
        ErrorClass.UNKNOWN_OUTCOME,
        ErrorClass.BAD_RESPONSE,
        ErrorClass.SERVER,
    ) or (failure.http_status == 404 and not failure.code):
        # Also a web page in its place: every one of the services answers an error with a code.
        return KeyCheck(state=KeyState.UNREACHABLE, detail=detail or str(answer.status))
    return KeyCheck(state=KeyState.UNPROVEN, detail=detail)


def _is_json(answer: Answer) -> bool:
    try:
        json.loads(answer.body)
    except ValueError:
        return False
    return True


def _said(failure: Failure) -> str:
    return f"{failure.code} {failure.message}".strip()
