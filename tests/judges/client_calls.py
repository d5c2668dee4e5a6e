"""Runs in the environment of the clients, not in Easel's: calls from stdin, outcomes to stdout.

Each call is {"name", "method", "arguments"}; a value {"$file": PATH} is a file to upload,
{"$options": TYPE, ...} an object of the package. An outcome is {"pictures": [PATH]},
{"listed": [ID]} or {"error": CLASS, "status", "message"}.
"""

from __future__ import annotations

import base64
import json
import sys
import urllib.request
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

Outcome = dict[str, Any]


def openai(url: str, key: str) -> Any:
    return import_module("openai").OpenAI(api_key=key, base_url=f"{url}/openai/v1", max_retries=0)


def volcengine(url: str, key: str) -> Any:
    return import_module("volcenginesdkarkruntime").Ark(
        api_key=key, base_url=f"{url}/ark/api/v3", max_retries=0
    )


def byteplus(url: str, key: str) -> Any:
    return import_module("byteplussdkarkruntime").Ark(
        api_key=key, base_url=f"{url}/byteplus/api/v3", max_retries=0
    )


def openrouter(url: str, key: str) -> Any:
    return import_module("openrouter").OpenRouter(
        api_key=key, server_url=f"{url}/openrouter/api/v1", retry_config=None
    )


CLIENTS: dict[str, Callable[[str, str], Any]] = {
    "openai": openai,
    "volcengine": volcengine,
    "byteplus": byteplus,
    "openrouter": openrouter,
}


def run(client: Any, package: str, call: dict[str, Any], folder: Path) -> Outcome:
    """Make one call; every exception is an outcome."""
    method = client
    for part in call["method"].split("."):
        method = getattr(method, part)
    try:
        arguments = {name: read(value, package) for name, value in call["arguments"].items()}
        answer = method(**arguments)
        pictures, ids = found(answer)
    except Exception as error:
        return {
            "error": type(error).__name__,
            "status": getattr(error, "status_code", None),
            "message": f"{getattr(error, 'code', None)} {error}"[:500],
        }
    if ids is not None:
        return {"listed": ids}
    return {
        "pictures": [saved(one, folder, f"{call['name']}-{n}") for n, one in enumerate(pictures)]
    }


def read(value: Any, package: str) -> Any:
    """Turn what JSON cannot say into what the client takes."""
    if isinstance(value, list):
        return [read(one, package) for one in value]
    if isinstance(value, dict) and "$file" in value:
        return Path(value["$file"])
    if isinstance(value, dict) and "$options" in value:
        root = {"volcengine": "volcenginesdkarkruntime", "byteplus": "byteplussdkarkruntime"}
        images = import_module(f"{root[package]}.types.images")
        given = {name: one for name, one in value.items() if name != "$options"}
        return getattr(images, value["$options"])(**given)
    return value


def found(answer: Any) -> tuple[list[Any], list[str] | None]:
    """Return the pictures of a reply or a stream, or the ids of a list."""
    data = getattr(answer, "data", None)
    if data is None and hasattr(answer, "endpoints"):
        return [], [endpoint.provider_slug for endpoint in answer.endpoints]
    if data is None:
        return [event for event in answer if is_picture(event)], None
    if not isinstance(data, list):
        return [], [str(data)]
    if data and not is_picture(data[0]) and hasattr(data[0], "id"):
        return [], [one.id for one in data]
    return [one for one in data if is_picture(one)], None


def is_picture(item: Any) -> bool:
    if "partial_image" in str(getattr(item, "type", "")):
        return False
    return bool(getattr(item, "url", None) or getattr(item, "b64_json", None))


def saved(item: Any, folder: Path, name: str) -> str:
    """Write a picture down, from its address or its Base64."""
    url = getattr(item, "url", None)
    if url:
        with urllib.request.urlopen(url) as reply:  # noqa: S310 (the local image APIs' own)
            content = reply.read()
    else:
        content = base64.b64decode(item.b64_json)
    path = folder / name
    path.write_bytes(content)
    return str(path)


def main(package: str, url: str, key: str, folder: str, calls: Iterable[dict[str, Any]]) -> None:
    client = CLIENTS[package](url, key)
    outcomes = {call["name"]: run(client, package, call, Path(folder)) for call in calls}
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], json.load(sys.stdin))
