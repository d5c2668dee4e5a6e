"""`/control`: faults, delay and the journal for people and scripts outside this process."""

import json

from aiohttp import web

from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal, invalid
from bot.sandbox.image_apis.faults import FAULTS, PLAIN_WORDS, is_fault
from bot.sandbox.image_apis.journal import shortened
from bot.sandbox.image_apis.replies import json_response
from bot.sandbox.image_apis.state import STATE

_MATCHES = ("model", "source", "prompt")


def add_routes(app: web.Application) -> None:
    """Mount the endpoint; it needs no key, for the server listens on loopback only."""
    app.router.add_get("/control", _show)
    app.router.add_post("/control", _plan)
    app.router.add_delete("/control", _reset)
    app.router.add_get("/control/requests", _requests)


async def _show(request: web.Request) -> web.Response:
    state = request.app[STATE]
    return json_response(
        {
            "faults": list(FAULTS),
            "words": PLAIN_WORDS,
            "delay_seconds": state.delay_seconds,
            "slow_seconds": state.slow_seconds,
            "waiting": state.waiting,
        }
    )


async def _plan(request: web.Request) -> web.Response:
    """Plan faults and set delays: all of the body or, where anything is wrong, nothing."""
    try:
        fields = Fields(as_object(json.loads(await request.read())))
    except ValueError as error:
        raise Refusal(400, "bad_request_body", "The body is not valid JSON.") from error
    state = request.app[STATE]
    planned = [_fault(item) for item in as_list(fields.raw("faults"))]
    delay_seconds = _seconds(fields, "delay_seconds", state.delay_seconds)
    slow_seconds = _seconds(fields, "slow_seconds", state.slow_seconds)
    fields.finish()
    for fault, times, match in planned:
        state.faults.add(fault, times, match)
    state.delay_seconds, state.slow_seconds = delay_seconds, slow_seconds
    return await _show(request)


async def _reset(request: web.Request) -> web.Response:
    state = request.app[STATE]
    state.faults.clear()
    state.journal.requests.clear()
    state.delay_seconds = 0.0
    return await _show(request)


async def _requests(request: web.Request) -> web.Response:
    rows: list[JsonObject] = [
        {
            "number": received.number,
            "source": received.source,
            "path": received.path,
            "model": received.model,
            "references": received.references,
            "notes": list(received.notes),
            "status": received.status,
            "error_code": received.error_code,
            "body": shortened(received.body),
        }
        for received in request.app[STATE].journal.requests
    ]
    return json_response({"requests": rows})


def _fault(item: object) -> tuple[str, int | None, dict[str, str]]:
    fields = Fields(as_object(item), prefix="faults[].")
    fault = fields.required_text("fault")
    if not is_fault(fault):
        raise invalid("faults[].fault", f"known are {', '.join(FAULTS)}")
    # A null or missing count: the fault stays until it is reset.
    times = fields.integer("times", 1, None) if fields.raw("times") is not None else None
    match = fields.object("match")
    found = {name: match.text(name) or "" for name in _MATCHES if match.has(name)} if match else {}
    if match:
        match.finish()
    fields.finish()
    return fault, times, found


def _seconds(fields: Fields, name: str, default: float) -> float:
    value = fields.raw(name)
    if not fields.has(name):
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 3600:
        raise invalid(name, "it must be a number between 0 and 3600")
    return float(value)
