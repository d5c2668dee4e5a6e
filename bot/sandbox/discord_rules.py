"""What Discord does and SimCord 3.2.1 does not: limits, censoring, nonces, shown files.

Knows SimCord's insides (the version is pinned, and a test names them) and Discord's rules; must
not know the bot. The limits are those of Discord's documentation for API v10.
"""

import functools
import io
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, cast

import discord
import simcord
from simcord.backend import Backend, serializers
from simcord.backend.cdn import CDN_BASE
from simcord.backend.errors import BackendError
from simcord.backend.models import Message
from simcord.components import walk_components
from simcord.http import client as transport
from simcord.http import router
from simcord.http._helpers import message_response
from simcord.http.router import Handler, RequestContext

from bot.sandbox.discord_cdn import DiscordCdn, too_large

FILE_LIMIT_BYTES = 10 * 2**20
REQUEST_LIMIT_BYTES = 25 * 2**20
FILES_PER_MESSAGE = 10
ALT_TEXT_LENGTH = 1024
DESCRIPTION_LENGTH = 100
NAME_LENGTH = 32
COMMAND_CHARACTERS = 8000
NONCE_LENGTH = 25
NONCE_WINDOW = timedelta(minutes=5)  # "the past few minutes", says the documentation
FOLLOWUPS_OF_USER_INSTALL = 5
# What an application may do in direct messages: embed links, attach files, mention everyone.
DIRECT_PERMISSIONS = 1 << 14 | 1 << 15 | 1 << 17

# AttachmentFlags.IS_SPOILER; SimCord's page looks at a key of its own.
SPOILER_FLAG = 1 << 3

# Measured by others (discord-api-docs issue 8554): more than this is answered with HTTP 500.
LAYOUT_BYTES = 10_170
LAYOUT_BYTES_PER_TEXT = 12

_RULES = "_discord_rules"


def shape(
    env: simcord.Env,
    *,
    limit_bytes: int = FILE_LIMIT_BYTES,
    cdn_base: str = CDN_BASE,
    in_process: bool = True,
) -> "DiscordRules":
    """Make an environment behave like Discord; call it before anything is uploaded.

    A second call on the same environment returns the rules of the first. With ``in_process``
    a 5xx is raised as ``discord.DiscordServerError``, as after discord.py's own retries.
    """
    rules = _rules_of(env.backend)
    if rules is None:
        _install()
        rules = DiscordRules(env, limit_bytes=limit_bytes, cdn_base=cdn_base, in_process=in_process)
        setattr(env.backend, _RULES, rules)
    return rules


class DiscordRules:
    """The rules of one environment, and what a test may change about it.

    ``user_installed`` holds the ids of channels where only the member, not the place, has
    installed the application. ``locales`` maps user ids to the language of their client.
    ``reads_content`` says whether the application may read everybody's messages.
    ``edits_spoilers``: whether an edit may cover attachments that are there, as since June 2026.
    ``file_limits`` are those of servers that take larger or smaller files than the others, by
    server id, 0 for direct messages; ``nitro`` what members may upload for themselves, which
    their interactions announce though the bot's own messages may not be as large.
    """

    def __init__(
        self, env: simcord.Env, *, limit_bytes: int, cdn_base: str, in_process: bool
    ) -> None:
        self.user_installed: set[int] = set()
        self.locales: dict[int, str] = {}
        self.reads_content: Callable[[], bool] = lambda: env.bot.intents.message_content
        self.edits_spoilers = True
        self.file_limits: dict[int, int] = {}
        self.nitro: dict[int, int] = {}
        self.in_process = in_process
        self._backend = backend = env.backend
        self._limit_bytes = limit_bytes
        self._owners: dict[int, dict[str, str]] = {}
        self._tiers: dict[int, int] = {}
        self._announced: dict[int, int] = {}  # by interaction
        self._nonces: dict[tuple[int, str], tuple[int, datetime]] = {}
        self._nonce: Any = None
        self._normalize = backend.normalize_message_reference
        self.cdn = backend.cdn = DiscordCdn(cdn_base, self._largest)
        backend.subscribers.insert(0, self._shape_event)  # first also after restart_bot
        setattr(backend, "normalize_message_reference", self._reference)  # noqa: B010

    def failure(self, error: BackendError) -> Exception:
        """Turn an error into what the bot's library makes of it."""
        gap = isinstance(error, (router.RouteNotImplemented, router.UnsupportedField))
        if self.in_process and error.status >= 500 and not gap:
            response = cast("Any", transport._FakeResponse(error.status))
            return discord.DiscordServerError(response, error.to_json())
        return error

    def answer(self, handler: Handler, check: "Check | None", ctx: RequestContext) -> Any:
        """Answer one REST call of the bot, after Discord's own checks of it."""
        ctx.message_content_access = ctx.message_content_access and self.reads_content()
        if int(ctx.args.get("channel_id", 0)) in self.user_installed:
            raise BackendError(403, 50001, "Missing Access")  # the bot is not in that place
        try:
            return handler(ctx) if check is None else check(self, handler, ctx)
        except BackendError as error:
            raise self.failure(error) from None

    # ------------------------------------------------------------ checked routes

    def create_message(self, handler: Handler, ctx: RequestContext) -> Any:
        body = ctx.body()
        self._check_message(ctx, body)
        nonce = body.get("nonce")
        if nonce is None:
            return handler(ctx)
        if len(str(nonce)) > NONCE_LENGTH:
            raise _invalid("nonce", f"Must be {NONCE_LENGTH} or fewer in length.")
        key = (ctx.int_arg("channel_id"), str(nonce))
        now = self._backend.clock.now()
        if body.get("enforce_nonce") and (first := self._first(key, now)):
            return message_response(ctx, first) | {"nonce": nonce}
        self._nonce = nonce
        try:
            payload = handler(ctx)
        finally:
            self._nonce = None
        self._nonces[key] = (int(payload["id"]), now)
        return payload | {"nonce": nonce}

    def edit_message(self, handler: Handler, ctx: RequestContext) -> Any:
        self._check_message(ctx, ctx.body())
        covered = self._covered(ctx) if self.edits_spoilers else {}
        before = {key: dict(attachment) for key, (attachment, _) in covered.items()}
        # Before SimCord copies them: the event of the edit tells of it too.
        for attachment, spoiler in covered.values():
            flags = attachment.get("flags", 0)
            attachment["flags"] = flags | SPOILER_FLAG if spoiler else flags & ~SPOILER_FLAG
            attachment["spoiler"] = spoiler
        try:
            return handler(ctx)
        except BackendError:
            for key, (attachment, _) in covered.items():
                attachment.clear()
                attachment.update(before[key])
            raise

    def _covered(self, ctx: RequestContext) -> dict[str, tuple[dict[str, Any], bool]]:
        """Return the attachments that an edit covers or uncovers, by id, and which of the two."""
        place = (int(ctx.args.get("channel_id", 0)), int(ctx.args.get("message_id", 0)))
        message = self._backend.messages.get(place[0], {}).get(place[1])
        wanted = {
            str(one.get("id")): one["is_spoiler"]
            for one in ctx.body().get("attachments") or ()
            if one.get("is_spoiler") is not None
        }
        attachments = message.attachments if message is not None else []
        return {
            str(one["id"]): (one, wanted[str(one["id"])])
            for one in attachments
            if str(one["id"]) in wanted
        }

    def respond(self, handler: Handler, ctx: RequestContext) -> Any:
        self._check_message(ctx, ctx.body().get("data") or {})
        return handler(ctx)

    def follow_up(self, handler: Handler, ctx: RequestContext) -> Any:
        self._check_message(ctx, ctx.body())
        interaction_id = self._backend.interaction_tokens.get(ctx.args["token"], 0)
        record = self._backend.interactions.get(interaction_id)
        if (
            record is not None
            and not record.loading  # then it is the deferred answer, not a follow-up
            and "0" not in self._owners.get(interaction_id, {"0": ""})
            and len(record.followup_ids) >= FOLLOWUPS_OF_USER_INSTALL
        ):
            raise BackendError(400, 40094, "Maximum number of follow-up messages reached")
        return handler(ctx)

    def sync_commands(self, handler: Handler, ctx: RequestContext) -> Any:
        for index, command in enumerate(ctx.json or []):
            characters = sum(len(text) for text in _check_command(command, f"{index}"))
            if characters > COMMAND_CHARACTERS:
                raise _invalid(f"{index}", f"Must be {COMMAND_CHARACTERS} or fewer in length.")
        return handler(ctx)

    # ------------------------------------------------------------ single rules

    def boost(self, guild_id: int, *, tier: int, limit_bytes: int) -> None:
        """Give a server boosts, which Discord tells its applications of."""
        self._tiers[guild_id], self.file_limits[guild_id] = tier, limit_bytes
        self._backend.edit_guild(guild_id, {})

    def limit_of(self, guild_id: int | None) -> int:
        """Return the largest file that a server takes of the bot."""
        return self.file_limits.get(guild_id or 0, self._limit_bytes)

    def _limit_here(self, ctx: RequestContext) -> int:
        """Return the largest file of one call: an interaction's is what it announced."""
        token = ctx.args.get("token")
        if token is not None:
            interaction_id = self._backend.interaction_tokens.get(token, 0)
            return self._announced.get(interaction_id, self._limit_bytes)
        channel = self._backend.channels.get(int(ctx.args.get("channel_id", 0)))
        return self.limit_of(channel.guild_id if channel else None)

    def _largest(self, channel_id: int) -> int:
        """Return the largest file that anybody may upload to a channel."""
        channel = self._backend.channels.get(channel_id)
        return max(self.limit_of(channel.guild_id if channel else None), *self.nitro.values(), 0)

    def _check_message(self, ctx: RequestContext, body: Mapping[str, Any]) -> None:
        files = ctx.files
        attachments: list[dict[str, Any]] = body.get("attachments") or []
        if max(len(files), len(attachments)) > FILES_PER_MESSAGE:
            raise BackendError(
                400, 30015, f"Maximum number of attachments in a message reached ({len(files)})"
            )
        sizes = [_size(file.fp) for file in files]
        if sum(sizes) > REQUEST_LIMIT_BYTES or max(sizes, default=0) > self._limit_here(ctx):
            raise too_large()
        components = list(walk_components(body.get("components") or []))
        described = [*attachments, *components]
        described += [item for part in components for item in part.get("items") or []]
        if any(len(item.get("description") or "") > ALT_TEXT_LENGTH for item in described):
            raise _invalid("description", f"Must be {ALT_TEXT_LENGTH} or fewer in length.")
        texts = [str(part.get("content", "")) for part in components if part.get("type") == 10]
        weight = sum(len(text.encode()) + LAYOUT_BYTES_PER_TEXT for text in texts)
        if weight > LAYOUT_BYTES:
            raise BackendError(500, 0, "500: Internal Server Error")

    def _first(self, key: tuple[int, str], now: datetime) -> Message | None:
        message_id, at = self._nonces.get(key, (0, now))
        if now - at > NONCE_WINDOW:
            return None
        return self._backend.messages.get(key[0], {}).get(message_id)

    def _reference(
        self, channel_id: int, reference: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """Refuse replies to ephemeral and deleted messages, which SimCord lets pass."""
        result = self._normalize(channel_id, reference)
        if result is None or result["type"] != 0:
            return result
        target = self._backend.messages.get(channel_id, {}).get(int(result["message_id"]))
        if target is not None and not target.is_ephemeral:
            return result
        if result["fail_if_not_exists"]:
            raise _invalid("message_reference", "Unknown message", "REPLIES_UNKNOWN_MESSAGE")
        return None

    def _shape_event(self, event: str, payload: Mapping[str, Any]) -> None:
        event_data = cast("dict[str, Any]", payload)
        if event == "MESSAGE_CREATE" and self._nonce is not None:
            event_data["nonce"] = self._nonce
        elif event in ("GUILD_CREATE", "GUILD_UPDATE"):
            event_data["premium_tier"] = self._tiers.get(int(event_data["id"]), 0)
        elif event == "INTERACTION_CREATE":
            self._shape_interaction(event_data)

    def _shape_interaction(self, payload: dict[str, Any]) -> None:
        guild_id: str | None = payload.get("guild_id")
        user_id: str = (payload.get("user") or payload["member"]["user"])["id"]
        owners = {"0": guild_id or "0"}
        if int(payload["channel_id"]) in self.user_installed:
            owners = {"1": user_id}
            payload["context"] = 2 if guild_id is None else 0
        if guild_id is None:
            payload["app_permissions"] = str(DIRECT_PERMISSIONS)
        self._owners[int(payload["id"])] = owners
        payload["authorizing_integration_owners"] = owners
        limit = max(self.limit_of(int(guild_id or 0)), self.nitro.get(int(user_id), 0))
        payload["attachment_size_limit"] = self._announced[int(payload["id"])] = limit
        payload["locale"] = self.locales.get(int(user_id), payload["locale"])
        if guild_id is not None:
            payload["guild_locale"] = self._backend.guilds[int(guild_id)].preferred_locale
        for attachment in payload["data"].get("resolved", {}).get("attachments", {}).values():
            attachment["ephemeral"] = True

    def reshape(self, payload: dict[str, Any], message: Message) -> dict[str, Any]:
        """Take files shown by components or embeds out of a message's attachments."""
        if metadata := payload.get("interaction_metadata"):
            owners = self._owners.get(int(metadata["id"]), {})
            metadata["authorizing_integration_owners"] = owners
        _move_shown_files(payload)
        for snapshot in payload.get("message_snapshots", ()):
            _move_shown_files(snapshot["message"])
        if message.is_ephemeral:
            payload["attachments"] = [a | {"ephemeral": True} for a in payload["attachments"]]
        return payload


Check = Callable[[DiscordRules, Handler, RequestContext], Any]

_CHECKS: dict[tuple[str, str], Check] = {
    ("POST", "channels/{channel_id}/messages"): DiscordRules.create_message,
    ("PATCH", "channels/{channel_id}/messages/{message_id}"): DiscordRules.edit_message,
    ("POST", "interactions/{interaction_id}/{token}/callback"): DiscordRules.respond,
    ("POST", "webhooks/{webhook_id}/{token}"): DiscordRules.follow_up,
    ("PATCH", "webhooks/{webhook_id}/{token}/messages/@original"): DiscordRules.edit_message,
    ("PATCH", "webhooks/{webhook_id}/{token}/messages/{message_id}"): DiscordRules.edit_message,
    ("PUT", "applications/{application_id}/commands"): DiscordRules.sync_commands,
    ("PUT", "applications/{application_id}/guilds/{guild_id}/commands"): DiscordRules.sync_commands,
}


def _rules_of(backend: Any) -> DiscordRules | None:
    return getattr(backend, _RULES, None)


@functools.cache  # once per process: each wrapper asks the backend whether it has rules
def _install() -> None:
    for method, table in router._ROUTES.items():
        table[:] = [
            (template, _checked(handler, _CHECKS.get((method, "/".join(template)))))
            for template, handler in table
        ]
    serialize = serializers.message_payload
    inject = router._check_faults

    @functools.wraps(serialize)
    def message_payload(backend: Any, message: Message, **options: Any) -> Any:
        payload = cast("dict[str, Any]", serialize(backend, message, **options))
        rules = _rules_of(backend)
        return payload if rules is None else rules.reshape(payload, message)

    @functools.wraps(inject)
    def check_faults(backend: Backend, method: str, path: str) -> None:
        try:
            inject(backend, method, path)
        except BackendError as error:
            rules = _rules_of(backend)
            raise (error if rules is None else rules.failure(error)) from None

    serializers.message_payload = message_payload
    router._check_faults = check_faults


def _checked(handler: Handler, check: Check | None) -> Handler:
    @functools.wraps(handler)
    def checked(ctx: RequestContext) -> Any:
        rules = _rules_of(ctx.backend)
        return handler(ctx) if rules is None else rules.answer(handler, check, ctx)

    return checked


def _check_command(node: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the texts of a command, its options and choices; refuse what Discord would.

    Of a text in several languages the longest counts.
    """
    menu = node.get("type", 1) in (2, 3) and "options" not in path  # has no description
    names, descriptions = _spellings(node, "name"), _spellings(node, "description")
    yield max(names, key=len)
    yield max(descriptions, key=len)
    if any(not _is_name(name, menu=menu) for name in names):
        raise _invalid(f"{path}.name", "Command name is invalid")
    if not menu and any(not 1 <= len(text) <= DESCRIPTION_LENGTH for text in descriptions):
        raise _invalid(f"{path}.description", "Must be between 1 and 100 in length.")
    for choice in node.get("choices") or ():
        labels = _spellings(choice, "name")
        yield max(labels, key=len)
        yield str(choice["value"])
        if any(not 1 <= len(label) <= DESCRIPTION_LENGTH for label in labels):
            raise _invalid(f"{path}.choices", "Must be between 1 and 100 in length.")
    options: list[Mapping[str, Any]] = node.get("options") or []
    for locale in {locale for one in options for locale in one.get("name_localizations") or ()}:
        shown = [(one.get("name_localizations") or {}).get(locale, one["name"]) for one in options]
        if len(set(shown)) < len(shown):
            raise _invalid(f"{path}.options", "Option names must be unique in each language")
    for index, option in enumerate(options):
        yield from _check_command(option, f"{path}.options.{index}")


def _spellings(node: Mapping[str, Any], key: str) -> list[str]:
    """Return a text in every language that it comes in."""
    return [node.get(key) or "", *(node.get(f"{key}_localizations") or {}).values()]


def _is_name(name: str, *, menu: bool) -> bool:
    """Tell whether a command or option may be called so; menus are called anything."""
    if not 1 <= len(name) <= NAME_LENGTH:
        return False
    letters = all(letter in "-_'" or letter.isalpha() or letter.isnumeric() for letter in name)
    return menu or (letters and name == name.lower())


def _move_shown_files(payload: dict[str, Any]) -> None:
    attachments: list[dict[str, Any]] = payload["attachments"]
    if not attachments:
        return
    by_id = {attachment["id"]: attachment for attachment in attachments}
    by_uri = {f"attachment://{attachment['filename']}": attachment for attachment in attachments}
    payload["components"] = deepcopy(payload["components"])
    payload["embeds"] = deepcopy(payload["embeds"])
    shown: set[str] = set()
    for media in _media(payload["components"]):
        if attachment := by_id.get(media.get("attachment_id", "")):
            shown.add(attachment["id"])
            media["width"], media["height"] = attachment.get("width"), attachment.get("height")
    for part in (embed[key] for embed in payload["embeds"] for key in embed.keys() & _EMBED_PARTS):
        for key in part.keys() & {"url", "icon_url"}:
            if attachment := by_uri.get(part[key]):
                shown.add(attachment["id"])
                part[key] = attachment["url"]
    payload["attachments"] = [a for a in attachments if a["id"] not in shown]


_EMBED_PARTS = {"image", "thumbnail", "author", "footer"}


def _media(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in walk_components(components):
        for owner in (part, *(part.get("items") or ())):
            for key in ("media", "file"):
                if isinstance(owner.get(key), dict):
                    yield owner[key]


def _size(stream: Any) -> int:
    start: int = stream.tell()
    end: int = stream.seek(0, io.SEEK_END)
    stream.seek(start)
    return end - start


def _invalid(path: str, message: str, code: str = "BASE_TYPE_BAD_LENGTH") -> BackendError:
    details: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for key in reversed(path.split(".")):
        details = {key: details}
    return BackendError(400, 50035, "Invalid Form Body", errors=details)
