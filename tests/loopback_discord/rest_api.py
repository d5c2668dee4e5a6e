"""Discord's REST interface and CDN over SimCord's router; must not know gateway or members."""

import functools
import hashlib
import json
import re
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from simcord.backend import Backend
from simcord.backend.errors import BackendError
from simcord.http import router

from bot.sandbox.discord_cdn import DiscordCdn, serve_file
from tests.loopback_discord.faults import Faults, Outcome, Point
from tests.loopback_discord.traffic import API_PREFIX, WireRequest, read_request

# Discord answers an interaction and its webhook by their tokens alone.
_BY_TOKEN = re.compile(r"/(interactions|webhooks)/\d+/[^/]+(/|$)")
_VARIABLE = re.compile(r"(?<=/)\d{5,}|(?<=\d/)[\w-]{20,}")
_CALLBACK = re.compile(r"/interactions/\d+/[^/]+/callback")

_BODY_LIMIT_BYTES = 64 * 2**20  # above everything that Discord's own limits let through
_BUCKET_SIZE = 50


class Rest:
    """Answers the bot's HTTP requests and keeps a record of each."""

    def __init__(self, backend: Backend, cdn: DiscordCdn, token: str, faults: Faults) -> None:
        self.requests: list[WireRequest] = []
        self.gaps: list[Exception] = []
        self.in_flight = 0
        self.last_at = 0.0
        self.gateway: dict[str, Any] = {}
        self._backend = backend
        self._cdn = cdn
        self._token = token
        self._faults = faults

    def app(self) -> web.Application:
        """Build the web application; the gateway's address is added by the world."""
        app = web.Application(client_max_size=_BODY_LIMIT_BYTES)
        app.router.add_route("*", f"{API_PREFIX}/{{path:.*}}", self._answer)
        app.router.add_get("/cdn/{path:.*}", functools.partial(serve_file, self._cdn))
        return app

    async def _answer(self, http: web.Request) -> web.Response:
        self._touch(+1)
        try:
            request = await read_request(http)
            self.requests.append(request)
            response = await self._respond(http, request)
            if response is None:
                return web.Response()  # to a closed connection: nobody reads it
            request.answered_at = datetime.now(UTC)
            request.status = response.status
            return response
        finally:
            self._touch(-1)

    def _touch(self, change: int) -> None:
        self.in_flight += change
        self.last_at = monotonic()

    async def _respond(self, http: web.Request, request: WireRequest) -> web.Response | None:
        if not self._authorized(http, request):
            return _reply(request, 401, {"message": "401: Unauthorized", "code": 0})
        if not await self._wait(http, request, "before"):
            return None
        fault = self._faults.take(request)
        status, answer = self._apply(request) if fault is None or fault.applied else (0, None)
        if not await self._wait(http, request, "after"):
            return None
        if fault is not None:
            return _reply(request, fault.status, fault.body, fault.headers)
        return _reply(request, status, answer)

    def _authorized(self, http: web.Request, request: WireRequest) -> bool:
        given = http.headers.get("Authorization")
        if given is None:
            return request.path == "/gateway" or _BY_TOKEN.match(request.path) is not None
        return given == f"Bot {self._token}"

    async def _wait(self, http: web.Request, request: WireRequest, at: Point) -> bool:
        """Wait while the request is held; return whether its client is still there."""
        outcome = await self._faults.wait(request, at)
        if outcome is Outcome.DROP and http.transport is not None:
            http.transport.abort()
        return http.transport is not None and not http.transport.is_closing()

    def _apply(self, request: WireRequest) -> tuple[int, Any]:
        if request.method == "GET" and request.path in ("/gateway", "/gateway/bot"):
            whole = request.path == "/gateway/bot"
            return 200, self.gateway if whole else {"url": self.gateway["url"]}
        if request.method == "GET" and request.path == "/applications/@me":
            # SimCord has no such route; `easel check` reads these three.
            return 200, {"id": str(self._backend.application_id), "bot_public": False, "flags": 0}
        try:
            answer = router.dispatch(
                self._backend,
                request.method,
                request.path,
                json=request.json,
                params=dict(request.query),
                files=request.uploads(),
                reason=None if request.reason is None else unquote(request.reason),
            )
        except (router.RouteNotImplemented, router.UnsupportedField) as gap:
            self.gaps.append(gap)
            return gap.status, gap.to_json()
        except BackendError as error:
            return error.status, error.to_json()
        except Exception as error:  # SimCord stumbled over a body that it did not expect
            self.gaps.append(error)
            return 400, {"code": 50035, "message": f"Invalid Form Body: {error!r}"}
        if _CALLBACK.fullmatch(request.path) and request.query.get("with_response") not in (
            "1",
            "true",
        ):
            answer = None
        return (204, None) if answer is None else (200, answer)


def _reply(
    request: WireRequest, status: int, answer: Any, headers: dict[str, str] | None = None
) -> web.Response:
    """Send JSON with rate-limit headers, which Discord adds to every answer of the API."""
    request.answer = answer
    bucket = hashlib.md5(  # noqa: S324 - a name, as Discord's own buckets have
        f"{request.method} {_VARIABLE.sub(':id', request.path)}".encode()
    ).hexdigest()
    now = datetime.now(UTC).timestamp()
    limits = {
        "X-RateLimit-Limit": str(_BUCKET_SIZE),
        "X-RateLimit-Remaining": str(_BUCKET_SIZE - 1),
        "X-RateLimit-Reset": f"{now + 1:.3f}",
        "X-RateLimit-Reset-After": "1.000",
        "X-RateLimit-Bucket": bucket,
    }
    limits.update(headers or {})
    if status == 204:
        return web.Response(status=204, headers=limits)
    # Exactly this type without a charset, or discord.py does not parse the body.
    body = json.dumps(answer).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=limits)
