"""What one server decided: settings, who may ask where and for which model, words, rules.

Pure values and the questions that the gate asks of them. Stored values come in as JSON holds
them; what does not fit is the default, so that an odd row never locks a server out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Any

from bot.domain.quotas.rules import AccessKind, Rule
from bot.domain.requests.consent import Photos
from bot.domain.requests.request import ImageRequest, Violation, ViolationKind
from bot.domain.text.discord_codes import without_members
from bot.domain.text.prompt_parts import NO_PARTS, PromptParts
from bot.domain.text.reply_intent import ReplyMode
from bot.domain.text.wordlist import WordList
from bot.domain.time_zones import zone_of


class Watermark(StrEnum):
    """Whether results carry the service's own mark."""

    ON = "on"
    OFF = "off"
    CHOICE = "choice"


class StyleUse(StrEnum):
    """Whether members may use styles, and what becomes of the server's own."""

    OFF = "off"
    CHOICE = "choice"
    DEFAULT = "default"  # for requests that name none
    ALWAYS = "always"

    @property
    def on(self) -> bool:
        return self is not StyleUse.OFF


class Language(StrEnum):
    """What everybody reads in a server: Discord's codes of the languages that Easel speaks."""

    AUTO = "auto"  # the one that the server has on Discord
    ENGLISH = "en-US"
    CHINESE = "zh-CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """No new pictures, until a time (UTC seconds) or until somebody resumes."""

    until: int | None = None
    reason: str | None = None

    def in_force(self, now: int) -> bool:
        return self.until is None or self.until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Decisions of managers; a field is stored under its own name.

    Spans are in seconds, ids are Discord's, 0 means none. `newcomer_seconds` is how long
    somebody must have been a member. `others_pictures`: whether pictures of other members may be
    edited; `photos`: whether pictures that are no results of the bot may. `variations`: whether
    Details offers other versions, larger ones and so on. `comparisons`: whether members may let
    models be compared. `prompt_parts` are added to every prompt.
    `server_style` is the name of the style that `styles` is about. `post_to`: the channel that
    takes every result; `report_channel`: the one for reports, else they go to the log channel.
    `review_channel`: where staff reviews held results. `gallery_channel` shows results that
    `gallery_stars` different members keep. `operator_paused` is the operator's own, which nobody
    lifts from Discord; that of server 0 holds everywhere.
    """

    replies: ReplyMode = ReplyMode.CONFIRM
    ping_after_long_waits: bool = True
    prompts_shown: bool = True
    others_pictures: bool = True
    favourites: bool = True
    variations: bool = True
    comparisons: bool = True
    photos: Photos = Photos.ANYBODY
    gallery_channel: int = 0
    gallery_stars: int = 3
    log_channel: int = 0
    log_results: bool = False
    report_channel: int = 0
    review_channel: int = 0
    post_to: int = 0
    staff_role: int = 0
    newcomer_seconds: int = 0
    cooldown_seconds: int = 0
    channel_cooldown_seconds: int = 0
    max_pictures: int = 0
    time_zone: str = "UTC"
    language: Language = Language.AUTO
    watermark: Watermark = Watermark.CHOICE
    prompt_parts: PromptParts = NO_PARTS
    styles: StyleUse = StyleUse.CHOICE
    server_style: str = ""
    paused: Pause | None = None
    operator_paused: Pause | None = None

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> ServerSettings:
        """Read stored values; the default where one is missing or does not fit."""
        known = {f.name for f in fields(cls)}
        values = {name: _read(name, value) for name, value in stored.items() if name in known}
        return cls(**{name: value for name, value in values.items() if value is not None})

    def locale(self, of_discord: str | None) -> str | None:
        """Return the language of what everybody reads, given the one that the server has there."""
        return of_discord if self.language is Language.AUTO else self.language.value

    @property
    def zone(self) -> tzinfo:
        return zone_of(self.time_zone) or UTC


_MOST_SECONDS = 366 * 86400


def _read(name: str, value: object) -> Any:
    default: object = ServerSettings.__dataclass_fields__[name].default
    if name in ("paused", "operator_paused"):
        return _pause(value)
    if name == "prompt_parts":
        return PromptParts.of(value)
    if name == "time_zone":
        return value if isinstance(value, str) and zone_of(value) else None
    if isinstance(default, StrEnum):
        return next((one for one in type(default) if one.value == value), None)
    if isinstance(default, str):
        return value if isinstance(value, str) else None
    if isinstance(default, bool):
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(value, _MOST_SECONDS) if name.endswith("_seconds") else value


def _pause(value: object) -> Pause | None:
    if not isinstance(value, dict):
        return None
    until: object = value.get("until")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    reason: object = value.get("reason")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return Pause(
        until=until if isinstance(until, int) else None,
        reason=reason if isinstance(reason, str) else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """What is allowed or denied; `role_id` narrows a model's rule to one role, 0 is everyone."""

    kind: AccessKind
    subject: str
    role_id: int = 0
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerPolicy:
    """Everything that a server decided, as it was at a version.

    `rules` are those of everyone, of roles, the budget and the operator's ceiling for this
    server: those of single members are too many to keep. `member_rules` tells if there are any.
    """

    version: int = 0
    settings: ServerSettings = ServerSettings()
    access: tuple[AccessRule, ...] = ()
    rules: tuple[Rule, ...] = ()
    member_rules: bool = False
    words: WordList = field(default_factory=lambda: WordList(()))

    def violations(
        self, request: ImageRequest, role_ids: Collection[int], suggestion: str | None = None
    ) -> list[Violation]:
        """Return what this server's own rules say against a request, all at once.

        `suggestion` is a model that would be allowed.
        """
        found: list[Violation] = []
        if not self.model_allowed(request.model, role_ids):
            found.append(
                Violation(
                    field="model",
                    kind=ViolationKind.MODEL_NOT_HERE,
                    suggestion=suggestion,
                    values={"model": request.model},
                )
            )
        most = self.settings.max_pictures
        if most and request.count > most:
            values = {"count": request.count, "limit": most}
            found.append(
                Violation(
                    field="count", kind=ViolationKind.COUNT_HERE, suggestion=most, values=values
                )
            )
        if request.variation and not self.settings.variations:
            found.append(Violation(field="variation", kind=ViolationKind.VARIATIONS_OFF))
        if word := self.words.find(without_members(request.styled_prompt)):
            found.append(Violation(field="prompt", kind=ViolationKind.WORD, values={"word": word}))
        return found

    def channel_allowed(self, places: Iterable[int]) -> bool:
        """Tell whether a place takes requests: the channel, then what it lies in.

        The nearest rule decides. Without one, a place is open unless only some are.
        """
        rules = {r.subject: r.allowed for r in self.access if r.kind is AccessKind.CHANNEL}
        for place in places:
            if (allowed := rules.get(str(place))) is not None:
                return allowed
        return not any(rules.values())

    def allowed_channels(self) -> list[int]:
        """Return the channels that are allowed by name."""
        return [
            int(rule.subject)
            for rule in self.access
            if rule.kind is AccessKind.CHANNEL and rule.allowed
        ]

    def roles_allowed(self, role_ids: Collection[int]) -> bool:
        """Tell whether a member with these roles may ask: one denied role is enough to refuse."""
        rules = {int(r.subject): r.allowed for r in self.access if r.kind is AccessKind.ROLE}
        mine = [rules[role_id] for role_id in role_ids if role_id in rules]
        return all(mine) and (bool(mine) or not any(rules.values()))

    def model_allowed(self, model_id: str, role_ids: Collection[int]) -> bool:
        """Tell whether a member with these roles may use a model.

        A rule for one of the member's roles beats that for everyone, and of several a denial
        wins. A model that some roles are allowed is for them alone.
        """
        rules = {
            r.role_id: r.allowed
            for r in self.access
            if r.kind is AccessKind.MODEL and r.subject == model_id
        }
        mine = [rules[role_id] for role_id in role_ids if role_id in rules]
        if mine:
            return all(mine)
        if 0 in rules:
            return rules[0]
        return not any(rules.values())
