"""The aiohttp application: five image APIs, their assets and the control endpoint.

A request passes key, body, checks and references, in this order, before it is fulfilled.
"""

import asyncio
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.image_apis import control
from bot.sandbox.image_apis.apis import (
    openai_edits,
    seededit,
    seedream,
    seedream_gateway,
)
from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields
from bot.sandbox.image_apis.apis.limits import SEEDREAM_MODELS
from bot.sandbox.image_apis.apis.references import look_at
from bot.sandbox.image_apis.apis.refusal import Refusal
from bot.sandbox.image_apis.fulfilment import Fulfilment
from bot.sandbox.image_apis.intake import check_key, read_body
from bot.sandbox.image_apis.openrouter import routes as openrouter_routes
from bot.sandbox.image_apis.openrouter.checks import check_images
from bot.sandbox.image_apis.openrouter.replies import envelope_of
from bot.sandbox.image_apis.replies import json_response
from bot.sandbox.image_apis.state import STATE, State


def _check_routescope_edits(fields: Fields) -> CheckedRequest:
    """Tell the two APIs behind Routescope's edits apart by the model's family."""
    model = fields.required_text("model")
    check = seedream.check_edits if model in SEEDREAM_MODELS else openai_edits.check_edits
    return check(fields)


_Check = Callable[[Fields], CheckedRequest]
_ENDPOINTS: dict[str, tuple[Source, _Check]] = {
    "/routescope/v1/images/generations": (Source.ROUTESCOPE_GENERATION, seedream.check_generation),
    "/routescope/v1/images/edits": (Source.ROUTESCOPE_EDITS, _check_routescope_edits),
    "/seededit/v1/images/generations": (Source.SEEDEDIT, seededit.check_seededit),
    "/seedream/v1/images/generations": (Source.SEEDREAM, seedream_gateway.check_generation),
    "/seedream/v1/images/edits": (Source.SEEDREAM, seedream_gateway.check_edits),
    f"{openrouter_routes.PREFIX}/images": (Source.OPENROUTER, check_images),
}


def create_app(state: State | None = None) -> web.Application:
    """Build the application; without a state it gets one of its own."""
    state = state or State()
    app = web.Application(middlewares=[_envelope_errors])
    app[STATE] = state
    for path in _ENDPOINTS:
        app.router.add_post(path, _answer)
    app.router.add_get("/assets/{name}", _asset, allow_head=False)
    openrouter_routes.add_routes(app)
    control.add_routes(app)
    app.cleanup_ctx.append(state.lifetime)
    app.on_shutdown.append(state.close)
    return app


@web.middleware
async def _envelope_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal, and every path or method that does not exist, with an envelope."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refused(request, refusal)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        message = f"Invalid URL ({request.method} {request.path})"
        refusal = Refusal(404, None, message, kind="invalid_request_error")
        return _refused(request, refusal)


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    numbered = request.path.startswith(openrouter_routes.PREFIX)
    body = envelope_of(refusal) if numbered else refusal.envelope()
    response = json_response(body, refusal.status)
    response.headers.update(refusal.headers)
    return response


async def _answer(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    source, check = _ENDPOINTS[request.path]
    entry = state.journal.open(source, request.path)
    try:
        check_key(request.headers)
        body = await read_body(request)
        model = body.get("model")
        name = model if isinstance(model, str) else None
        entry.add(body=state.journal.kept(body), model=name)
        order = check(Fields(body))
        entry.add(source=order.source, references=len(order.references), notes=order.notes)
        references = await look_at(order, state.session)
        return await Fulfilment(request, state, entry, order, references).serve()
    except Refusal as refusal:
        entry.add(status=refusal.status, error_code=refusal.code)
        raise
    except (asyncio.CancelledError, ConnectionError):
        entry.add(status=499)
        raise


async def _asset(request: web.Request) -> web.StreamResponse:
    """Hand out a picture for its exact signed address, and nothing else."""
    if "Authorization" in request.headers:
        message = "Only one auth mechanism allowed; a signed address takes no Authorization header."
        raise Refusal(400, "InvalidArgument", message)
    asset = request.app[STATE].assets.get(request.match_info["name"])
    if asset is None:
        raise Refusal(404, "NoSuchKey", "The picture does not exist or has expired.")
    if request.raw_path.partition("?")[2] != asset.query:
        raise Refusal(403, "SignatureDoesNotMatch", "The signature of the address does not match.")
    asset.downloads += 1
    if asset.fault == "asset-500" or (asset.fault == "asset-500-once" and asset.downloads == 1):
        raise Refusal(500, "InternalError", "The picture could not be read.")
    if asset.fault == "asset-404" or (asset.fault == "asset-404-once" and asset.downloads == 1):
        raise Refusal(404, "NoSuchKey", "The picture does not exist or has expired.")
    if asset.fault == "asset-html" or (asset.fault == "asset-html-once" and asset.downloads == 1):
        return web.Response(text="<!doctype html><p>Expired.", content_type="text/html")
    return web.Response(body=asset.content, content_type=asset.content_type)
