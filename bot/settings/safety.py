"""The check between image services and channels: who judges, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from bot.setting_values import Secret, http_url
from bot.settings.section import Section

Action = Literal["post", "spoiler", "hold", "refuse"]

# What a judge of a kind has unless it is set. OpenAI's schema has these categories; the one that
# concerns minors is judged in words only.
SHIPPED_JUDGES: dict[str, dict[str, Any]] = {
    "openai": {
        "base_url": "https://api.openai.com/v1",
        "model": "omni-moderation-latest",
        "minors": ["sexual/minors"],
    },
}


class Category(Section):
    """What happens with a category of a judge, from a score on."""

    action: Action
    threshold: float = Field(default=0.5, ge=0, le=1)


class Judge(Section):
    """Who judges words and pictures, and what its categories mean here."""

    kind: Literal["openai", "http"]
    base_url: str
    api_key: Secret = SecretStr("")
    model: str = ""
    timeout: float = Field(default=10, ge=0.1, le=120)
    checks: frozenset[Literal["prompts", "references", "results"]] = frozenset(
        ("prompts", "references", "results")
    )
    flagged: Action = "hold"
    categories: dict[str, Category] = Field(default={})
    minors: frozenset[str] = frozenset()
    minors_threshold: float = Field(default=0.2, ge=0, le=1)

    _url = field_validator("base_url")(http_url)

    @field_validator("categories", mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        """Take an action alone, which holds from the default threshold on."""
        if not isinstance(given, Mapping):
            return given
        return {
            name: {"action": value} if isinstance(value, str) else value
            for name, value in given.items()
        }


class Safety(Section):
    """The check between image services and channels. Without a judge it is off."""

    away: Literal["closed", "open"] = "closed"
    minors_files: Literal["delete", "withhold"] = "delete"
    judges: dict[str, Judge] = Field(default={})

    @field_validator("judges", mode="before")
    @classmethod
    def _merge_shipped(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {
            name: {**SHIPPED_JUDGES.get(str(table.get("kind")), {}), **table}
            if isinstance(table, Mapping)
            else table
            for name, table in given.items()
        }
