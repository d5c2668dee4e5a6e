"""What OpenRouter answers to GET: models, their endpoints, the key."""

from aiohttp import web

from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal
from bot.sandbox.image_apis.intake import check_key
from bot.sandbox.image_apis.openrouter.models import MODELS
from bot.sandbox.image_apis.replies import json_response

PREFIX = "/openrouter/api/v1"

# A key without limits that was never used.
_KEY: JsonObject = {
    "label": "local",
    "creator_user_id": None,
    "organization_id": None,
    "workspace_id": None,
    "allowed_data_regions": ["global"],
    "is_free_tier": False,
    "is_management_key": False,
    "is_provisioning_key": False,
    "include_byok_in_limit": False,
    "budgets": [],
    "effective_budget": None,
    "limit": None,
    "limit_remaining": None,
    "limit_reset": None,
    "free_model_daily_requests": {"limit": 50, "remaining": 50, "used": 0},
    "rate_limit": {"interval": "10s", "note": "deprecated", "requests": -1},
    **{
        f"{name}{window}": 0
        for name in ("usage", "byok_usage")
        for window in ("", "_daily", "_weekly", "_monthly")
    },
}


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
    return json_response({"data": _KEY})
