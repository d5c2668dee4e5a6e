"""Adding a model to `config.toml` without changing anything else of the file.

The new tables go behind everything that is there. That the file then says the same as before and
the new entry besides is proved by reading both, and nothing is written where it does not.
"""

from __future__ import annotations

import difflib
import json
import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast


class CannotAppendError(Exception):
    """The file is written in a way that new tables cannot follow; nothing was changed."""


class ChangedMeanwhileError(Exception):
    """Somebody else wrote the file; nothing was changed."""


def written(model_id: str, entry: Mapping[str, Any]) -> str:
    """Write an entry of `[models.custom]` as TOML; its `offers` come last, a table each."""
    name = f"models.custom.{_text(model_id)}"
    lines = [f"[{name}]", *(f"{key} = {_value(entry[key])}" for key in entry if key != "offers")]
    for offer in entry["offers"]:
        lines += ["", f"[[{name}.offers]]", *_lines(offer)]
    return "\n".join(lines) + "\n"


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table's keys; of a table inside, each key by its dotted name."""
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            inner = cast("Mapping[str, Any]", value)
            yield from (f"{key}.{_key(name)} = {_value(one)}" for name, one in inner.items())
        else:
            yield f"{key} = {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        inside = ", ".join(f"{_key(name)} = {_value(one)}" for name, one in fields.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, cast('list[object]', value)))}]"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)


def _text(text: str) -> str:
    # JSON's strings are TOML's, but for this character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def with_model(old: bytes, model_id: str, entry: Mapping[str, Any]) -> bytes:
    """Return the file's bytes with an entry behind them; raises CannotAppendError."""
    newline = b"\r\n" if b"\r\n" in old else b"\n"
    block = written(model_id, entry).encode().replace(b"\n", newline)
    gap = b"" if not old or old.endswith(b"\n") else newline
    new = old + gap + (newline if old.strip() else b"") + block
    before = _parsed(old)
    wanted: dict[str, Any] = {**before}
    models = dict(cast("Mapping[str, Any]", wanted.get("models", {})))
    custom = dict(cast("Mapping[str, Any]", models.get("custom", {})))
    wanted["models"] = {**models, "custom": {**custom, model_id: dict(entry)}}
    try:
        right = _parsed(new) == wanted
    except tomllib.TOMLDecodeError:
        right = False
    if model_id in custom or not right:
        raise CannotAppendError
    return new


def _parsed(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def diff(file: Path, old: bytes, new: bytes) -> str:
    """Return what changes; lines around it may hold secrets and are not shown."""
    before, after = (content.decode("utf-8-sig").splitlines() for content in (old, new))
    name = str(file)
    return "\n".join(difflib.unified_diff(before, after, name, name, lineterm="", n=0))


def replace_file(file: Path, old: bytes, new: bytes) -> None:
    """Write the new content at once, with the file's own permissions, owner and links.

    Raises ChangedMeanwhileError and OSError; the file is then as it was.
    """
    file = file.resolve()
    status = file.stat()
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(new)
            out.flush()
            os.fchmod(out.fileno(), stat.S_IMODE(status.st_mode))
            with suppress(PermissionError):  # only root can give a file away
                os.fchown(out.fileno(), status.st_uid, status.st_gid)
            os.fsync(out.fileno())
        if file.read_bytes() != old:
            raise ChangedMeanwhileError
        temporary.replace(file)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
