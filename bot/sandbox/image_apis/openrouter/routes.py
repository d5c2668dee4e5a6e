"""What OpenRouter answers to GET: models, their endpoints, the key."""

from aiohttp import web

from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal
from bot.sandbox.image_apis.intake import check_key
from bot.sandbox.image_apis.openrouter.models import MODELS
from bot.sandbox.image_apis.replies import json_response

PREFIX = "/openrouter/api/v1"


def add_routes(app: web.Application) -> None:
    """Mount the lists, which need no key, and the record of a key, which does."""
    app.router.add_get(f"{PREFIX}/images/models", _models)
    app.router.add_get(f"{PREFIX}/models", _models)
    app.router.add_get(f"{PREFIX}/images/models/{{author}}/{{slug}}/endpoints", _endpoints)
    app.router.add_get(f"{PREFIX}/key", _key)


async def _models(_: web.Request) -> web.Response:
    return json_response({"data": [model.listed(slug) for slug, model in MODELS.items()]})


async def _endpoints(request: web.Request) -> web.Response:
    slug = f"{request.match_info['author']}/{request.match_info['slug']}"
    if slug not in MODELS:
        raise Refusal(404, None, f"Model {slug[:80]} not found.")
    return json_response(MODELS[slug].endpoints(slug))


async def _key(request: web.Request) -> web.Response:
    check_key(request.headers)
    data: JsonObject = {"label": "local", "limit": None, "limit_remaining": None, "usage": 0}
    return json_response({"data": data})
