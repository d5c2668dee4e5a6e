"""The kinds of provider, and what all APIs of one kind share; a new kind is a row here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yarl import URL

_VERSION = re.compile(r"v\d+\w*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKind:
    """Where the paths of a kind begin, and what its services are known to refuse."""

    prefix: str = "/v1"
    # Whether a base address with a version in its path, such as /v4, is complete.
    own_version: bool = False
    # Whether a request without a prompt is known to be invalid; elsewhere it may draw and cost.
    refuses_empty: bool = False
    models_path: str = "/models"
    # Where a model's prices are, for a kind whose list says what each model takes.
    endpoints_path: str | None = None
    # What needs a right key, where the list of models is open to everybody.
    key_path: str = "/models"

    def prefix_of(self, base_url: str) -> str:
        """Return what stands between a base address, without its own prefix, and a path."""
        path = URL(base_url).path.rstrip("/")
        versions = self.own_version and any(map(_VERSION.fullmatch, path.split("/")))
        return "" if versions and not path.endswith(self.prefix) else self.prefix


KINDS: Mapping[str, ApiKind] = {
    "routescope": ApiKind(refuses_empty=True),
    "seededit": ApiKind(refuses_empty=True),
    "seedream": ApiKind(refuses_empty=True),
    "openai": ApiKind(own_version=True),
    "ark": ApiKind(prefix="/api/v3", own_version=True),
    "openrouter": ApiKind(
        prefix="/api/v1",
        own_version=True,
        models_path="/images/models",
        endpoints_path="/images/models/{model}/endpoints",
        key_path="/key",
    ),
}
