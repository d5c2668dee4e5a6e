"""OpenAI's own schema as a judge of requests and replies; must not know who made them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parents[2] / "shared" / "spec" / "openai-images.json"
_URI = "urn:openai-images"
_SCHEMAS = {
    "/images/generations": "CreateImageRequest",
    "/images/edits": "EditImageBodyJsonParam",
    "form:/images/edits": "CreateImageEditRequest",
}
# The schema of August 2026 is behind the SDK of November, and for edits as JSON behind its own
# description; each with what the SDK says.
_EXCEPTIONS: dict[str, dict[str, Any]] = {
    # openai 3.57.0: qualities of gpt-image-2.5; free sizes on gpt-image-2 and later.
    "quality": {
        "enum": ["auto", "low", "medium", "high", "xhigh", "max"],
    },
    "size": {"type": "string", "pattern": r"^(auto|[1-9]\d*x[1-9]\d*)$"},
    # openai 3.57.0: in the place of `user`.
    "safety_identifier": {"type": "string"},
}


@cache
def load() -> Judge | None:
    """Read the schema; None where it is not at hand."""
    return Judge(json.loads(FILE.read_text())) if FILE.exists() else None


class Judge:
    """The schema, with the exceptions that its own SDK makes necessary."""

    def __init__(self, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        for name in (*_SCHEMAS.values(), "ImagesResponse"):
            properties = schemas[name]["properties"]
            known = {**_EXCEPTIONS} if name != "ImagesResponse" else {"size": _EXCEPTIONS["size"]}
            properties.update(known)
            if name != "ImagesResponse":
                # OpenAI refuses what it does not know.
                schemas[name]["additionalProperties"] = False
        self._registry: Registry[Any] = Registry().with_resource(
            _URI, DRAFT202012.create_resource(document)
        )

    def request(self, path: str, body: Mapping[str, Any], *, form: bool = False) -> list[str]:
        """Return what is wrong with a request; the files of a form stand in it as texts."""
        return list(self._problems(_SCHEMAS[f"form:{path}" if form else path], body))

    def reply(self, body: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a reply that holds pictures."""
        return list(self._problems("ImagesResponse", body))

    def models(self, body: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a list of models."""
        return list(self._problems("ListModelsResponse", body))

    def _problems(self, schema: str, value: Mapping[str, Any]) -> Iterator[str]:
        reference = {"$ref": f"{_URI}#/components/schemas/{schema}"}
        validator = Draft202012Validator(reference, registry=self._registry)
        worst = best_match(validator.iter_errors(value))
        if worst is not None:
            yield f"{schema} {list(worst.absolute_path)}: {worst.message[:200]}"
