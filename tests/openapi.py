"""Discord's own specification as a judge of what the bot sends; must not know who recorded it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parents[2] / "shared" / "spec" / "discord-openapi.json"
_URI = "urn:discord"
# Schemas where Discord takes more than its specification says, each with the reason.
_EXCEPTIONS: dict[str, dict[str, Any]] = {
    # discord.py sends ids in bodies (replies, attachment indexes) as numbers, and Discord's own
    # examples of uploads have ``"id": 0``; the specification knows only texts of digits.
    "SnowflakeType": {"type": ["string", "integer"], "minimum": 0},
    # Media channels are in Discord's documentation of channels and not in its specification.
    "ChannelTypes": {"oneOf": [{"minimum": 0, "maximum": 16}]},
}
# discord.py sends it with every post of a forum, from the time when Discord asked for it.
_ALWAYS_TAKEN = ("use_nested_fields",)
_METHODS = ("get", "put", "post", "patch", "delete")
_BODIES = ("application/json", "multipart/form-data")


@cache
def load() -> "Spec | None":
    """Read Discord's OpenAPI 3.1 file; None where it is not at hand."""
    return Spec(json.loads(FILE.read_text())) if FILE.exists() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path, with a pointer to each of its schemas."""

    pattern: re.Pattern[str]
    literals: int
    path_schemas: dict[str, str]
    query_schemas: dict[str, str]
    body: str | None
    body_required: bool


class Spec:
    """The specification, with a compiled validator for each schema asked for."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        for name, accepted in _EXCEPTIONS.items():
            document["components"]["schemas"][name].update(accepted)
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(_URI, resource)
        # Tells whether, a hundred times as fast; what is wrong is asked of the ordinary one.
        self._quick = jsonschema_rs.Registry([(_URI, document)], draft=jsonschema_rs.Draft202012)
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def check(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> list[str]:
        """Return what is wrong with a request; ``path`` lacks the API prefix.

        ``body`` is the JSON, or the ``payload_json`` of a request with files.
        """
        operation = self._find(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        problems = list(self._parameters(operation, path, query or {}))
        if body is None:
            missing = operation.body_required
            problems += ["the body is missing"] if missing else []
        elif operation.body is None:
            problems.append("the operation takes no body")
        else:
            problems += self._problems(operation.body, body, "body")
        return [f"{method} {path}: {problem}" for problem in problems]

    @cached_property
    def _operations(self) -> dict[str, list[Operation]]:
        operations: dict[str, list[Operation]] = {}
        for template, item in self._document["paths"].items():
            for method in _METHODS:
                if method in item:
                    operations.setdefault(method.upper(), []).append(
                        _operation(template, item, method)
                    )
        return operations

    def _find(self, method: str, path: str) -> Operation | None:
        found = [
            operation
            for operation in self._operations.get(method, ())
            if operation.pattern.fullmatch(path)
        ]
        return max(found, key=lambda operation: operation.literals, default=None)

    def _parameters(
        self, operation: Operation, path: str, query: Mapping[str, str]
    ) -> Iterator[str]:
        match = operation.pattern.fullmatch(path)
        values = {} if match is None else match.groupdict()
        for name, pointer in operation.path_schemas.items():
            yield from self._text_problems(pointer, values[name], name)
        for name, text in query.items():
            if name in _ALWAYS_TAKEN:
                continue
            if name not in operation.query_schemas:
                yield f"{name} is no query parameter"
            else:
                yield from self._text_problems(operation.query_schemas[name], text, name)

    def _text_problems(self, pointer: str, text: str, name: str) -> list[str]:
        """Check a text from an address, read as any JSON that it could stand for."""
        problems: list[str] = []
        for value in _metrics(text):
            problems = self._problems(pointer, value, name)
            if not problems:
                break
        return problems

    def _problems(self, pointer: str, value: Any, name: str) -> list[str]:
        schema = {"$ref": f"{_URI}#{pointer}"}
        quick = self._validators.get(pointer)
        if quick is None:
            quick = jsonschema_rs.Draft202012Validator(schema, registry=self._quick)
            self._validators[pointer] = quick
        if quick.is_valid(value):
            return []
        error = next(Draft202012Validator(schema, registry=self._registry).iter_errors(value))
        while branch := _branch(error):
            error = branch[0]
        error = best_match([error])
        return [f"{name}{error.json_path[1:]}: {error.message}"]


def _operation(template: str, item: dict[str, Any], method: str) -> Operation:
    root = f"/paths/{_escape(template)}"
    schemas: dict[str, dict[str, str]] = {"path": {}, "query": {}}
    for owner, pointer in ((item, root), (item[method], f"{root}/{method}")):
        for index, parameter in enumerate(owner.get("parameters", ())):
            place = schemas.get(parameter["in"])
            if place is not None:
                place[parameter["name"]] = f"{pointer}/parameters/{index}/schema"
    request = item[method].get("requestBody", {})
    kind = next((kind for kind in _BODIES if kind in request.get("content", {})), None)
    parts = re.split(r"(\{\w+\})", template)
    pattern = "".join(
        f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part) for part in parts
    )
    return Operation(
        pattern=re.compile(pattern),
        literals=sum(len(part) for part in parts if not part.startswith("{")),
        path_schemas=schemas["path"],
        query_schemas=schemas["query"],
        body=None
        if kind is None
        else f"{root}/{method}/requestBody/content/{_escape(kind)}/schema",
        body_required=bool(request.get("required")),
    )


def _branch(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the one alternative that an object's own ``type`` asks for."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = [
        errors
        for errors in branches.values()
        if not any(
            list(inner.path) == ["type"] or (not inner.path and inner.validator == "type")
            for inner in errors
        )
    ]
    return meant[0] if len(meant) == 1 else []


def _escape(key: str) -> str:
    """Escape a key for a JSON pointer in a URI fragment."""
    return key.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _metrics(text: str) -> Iterator[Any]:
    yield text
    if re.fullmatch(r"-?\d+", text):
        yield int(text)
    if text in ("0", "1", "true", "false"):
        yield text in ("1", "true")
