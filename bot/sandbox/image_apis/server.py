"""The aiohttp application: image APIs, their assets and the control endpoint.

A request passes key, body, checks and references, in this order, before it is fulfilled.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.image_apis import control
from bot.sandbox.image_apis.apis import (
    ark_images,
    openai_edits,
    openai_images,
    seededit,
    seedream,
    seedream_gateway,
)
from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields
from bot.sandbox.image_apis.apis.limits import SEEDREAM_MODELS
from bot.sandbox.image_apis.apis.openai_errors import openais_envelope_of
from bot.sandbox.image_apis.apis.references import look_at
from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal
from bot.sandbox.image_apis.fulfilment import Fulfilment
from bot.sandbox.image_apis.intake import check_key, read_body, read_form
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    """One path: whose it is, and how its bodies are read and checked."""

    source: Source
    check: Callable[[Fields], CheckedRequest]
    check_form: Callable[[Fields], CheckedRequest] | None = None
    # Official SDKs of these write every field that was not set as null.
    nulls: bool = False

    @property
    def needs_key(self) -> bool:
        return self.source is not Source.HOME


_ENDPOINTS = {
    "/routescope/v1/images/generations": _Endpoint(
        source=Source.ROUTESCOPE_GENERATION, check=seedream.check_generation
    ),
    "/routescope/v1/images/edits": _Endpoint(
        source=Source.ROUTESCOPE_EDITS, check=_check_routescope_edits
    ),
    "/seededit/v1/images/generations": _Endpoint(
        source=Source.SEEDEDIT, check=seededit.check_seededit
    ),
    "/seedream/v1/images/generations": _Endpoint(
        source=Source.SEEDREAM, check=seedream_gateway.check_generation
    ),
    "/seedream/v1/images/edits": _Endpoint(
        source=Source.SEEDREAM, check=seedream_gateway.check_edits
    ),
    "/openai/v1/images/generations": _Endpoint(
        source=Source.OPENAI, check=openai_images.check_generation, nulls=True
    ),
    "/openai/v1/images/edits": _Endpoint(
        source=Source.OPENAI,
        check=openai_images.check_edits,
        check_form=openai_images.check_form,
        nulls=True,
    ),
    "/home/v1/images/generations": _Endpoint(
        source=Source.HOME, check=openai_images.check_home_generation, nulls=True
    ),
    "/home/v1/images/edits": _Endpoint(
        source=Source.HOME,
        check=openai_images.check_home_form,
        check_form=openai_images.check_home_form,
        nulls=True,
    ),
    "/ark/api/v3/images/generations": _Endpoint(
        source=Source.ARK,
        check=ark_images.check_generation_of(ark_images.VOLCENGINE),
        nulls=True,
    ),
    "/byteplus/api/v3/images/generations": _Endpoint(
        source=Source.ARK,
        check=ark_images.check_generation_of(ark_images.BYTEPLUS),
        nulls=True,
    ),
    f"{openrouter_routes.PREFIX}/images": _Endpoint(source=Source.OPENROUTER, check=check_images),
}
_OPENAIS = ("/openai/", "/home/")
_MODELS: dict[str, Iterable[str]] = {
    "/openai/v1/models": openai_images.MODELS,
    "/home/v1/models": openai_images.HOME_MODELS,
    "/ark/api/v3/models": ark_images.VOLCENGINE,
    "/byteplus/api/v3/models": ark_images.BYTEPLUS,
}


def create_app(state: State | None = None) -> web.Application:
    """Build the application; without a state it gets one of its own."""
    state = state or State()
    app = web.Application(middlewares=[_envelope_errors])
    app[STATE] = state
    for path in _ENDPOINTS:
        app.router.add_post(path, _answer)
    for path in _MODELS:
        app.router.add_get(path, _models)
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
    if request.path.startswith(openrouter_routes.PREFIX):
        body = envelope_of(refusal)
    elif request.path.startswith(_OPENAIS):
        body = openais_envelope_of(refusal)
    else:
        body = refusal.envelope()
    response = json_response(body, refusal.status)
    response.headers.update(refusal.headers)
    return response


async def _answer(request: web.Request) -> web.StreamResponse:
    state = request.app[STATE]
    endpoint = _ENDPOINTS[request.path]
    entry = state.journal.open(endpoint.source, request.path)
    try:
        if endpoint.needs_key:
            check_key(request.headers)
        form = endpoint.check_form if request.content_type == "multipart/form-data" else None
        body = await read_form(request) if form else await read_body(request)
        model = body.get("model")
        name = model if isinstance(model, str) else None
        entry.add(body=state.journal.kept(body), model=name)
        order = (form or endpoint.check)(Fields(body, nulls=endpoint.nulls))
        entry.add(source=order.source, references=len(order.references), notes=order.notes)
        references = await look_at(order, state.session)
        return await Fulfilment(request, state, entry, order, references).serve()
    except Refusal as refusal:
        entry.add(status=refusal.status, error_code=refusal.code)
        raise
    except (asyncio.CancelledError, ConnectionError):
        entry.add(status=499)
        raise


async def _models(request: web.Request) -> web.Response:
    """List what there is, to those who have a key; nothing is written down of it."""
    if request.path != "/home/v1/models":
        check_key(request.headers)
    entries: list[JsonObject] = [
        {"id": name, "object": "model", "created": 1_760_000_000, "owned_by": "local"}
        for name in _MODELS[request.path]
    ]
    return json_response({"object": "list", "data": entries})


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
