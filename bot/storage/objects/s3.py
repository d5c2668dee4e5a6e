"""An S3-compatible bucket: put, get, delete, list; every error is said in the operator's words.

Endpoint, region and credentials come from the usual environment (`AWS_ENDPOINT_URL`,
`AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), or from the machine's own role.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from bot.domain.errors import PictureStoreError, SetupError
from bot.domain.setup_problems import SetupProblem

_CHUNK_BYTES = 8 << 20
# No job's: a key without a slash.
_TRIAL = ".easel-check"
# Where machines in a cloud ask for credentials when the environment has none.
_METADATA = "169.254.169.254"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of the store; `changed_at` in UTC seconds."""

    key: str
    bytes: int
    changed_at: float


class _Pages(Protocol):
    """What the driver lists, page by page."""

    def __iter__(self) -> Iterator[Sequence[dict[str, Any]]]: ...

    def __aiter__(self) -> AsyncIterator[Sequence[dict[str, Any]]]: ...


class _Found(Protocol):
    """An object that the driver has begun to read."""

    def stream(self, min_chunk_size: int) -> AsyncIterable[bytes]: ...

    async def bytes_async(self) -> object: ...


class _Driver(Protocol):
    """What is used of obstore, which not everybody has installed."""

    async def put_async(self, store: object, path: str, file: Path | bytes) -> object: ...

    async def get_async(self, store: object, path: str) -> _Found: ...

    async def delete_async(self, store: object, paths: str) -> None: ...

    def delete(self, store: object, paths: Sequence[str]) -> None: ...

    def list(self, store: object, prefix: str | None) -> _Pages: ...


class S3Objects:
    """The objects below one address; nothing is opened before the first use.

    All methods raise PictureStoreError where the store cannot be used.
    """

    def __init__(self, address: str) -> None:
        """Prepare for `s3://bucket/prefix`; SetupError without the driver."""
        self.address = address
        # Why the last request failed; None while the store works, as far as is known.
        self.trouble: PictureStoreError | None = None
        try:
            self._driver = cast("_Driver", importlib.import_module("obstore"))
            self._store = _opened(address)
            self._any_error: type[Exception] = importlib.import_module(
                "obstore.exceptions"
            ).BaseError
        except ImportError:
            raise SetupError(SetupProblem.NO_STORE_DRIVER) from None

    async def put(self, key: str, source: Path | bytes) -> None:
        """Store a file or bytes under a key, in the place of what was there."""
        with self._telling():
            await self._driver.put_async(self._store, key, source)

    async def get(self, key: str, target: Path) -> bool:
        """Write an object into a file, which is new; False where there is no such object."""
        with self._telling():
            try:
                found = await self._driver.get_async(self._store, key)
            except FileNotFoundError as error:
                if _no_bucket(error):
                    raise
                return False
            with await asyncio.to_thread(target.open, "wb") as file:
                async for chunk in found.stream(_CHUNK_BYTES):
                    await asyncio.to_thread(file.write, chunk)
        return True

    async def look(self) -> None:
        """Ask the store for as little as possible."""
        with self._telling():
            async for _ in self._pages():
                break

    async def try_out(self) -> None:
        """Put, list, get and delete an object that is no picture."""
        with self._telling():
            await self._driver.put_async(self._store, _TRIAL, b"easel")
            await (await self._driver.get_async(self._store, _TRIAL)).bytes_async()
            async for _ in self._pages():
                break
            await self._driver.delete_async(self._store, _TRIAL)

    async def list(self) -> list[StoredObject]:
        """Return all objects; 1,000 come with each request."""
        return await asyncio.to_thread(self.list_now)

    def list_now(self, folder: str | None = None) -> list[StoredObject]:
        """Return the objects of a folder, or all; waits for the store."""
        with self._telling():
            return [
                StoredObject(one["path"], one["size"], one["last_modified"].timestamp())
                for some in self._pages(folder)
                for one in some
            ]

    def delete_now(self, keys: Iterable[str]) -> None:
        """Delete objects, if they are there; waits for the store."""
        if names := list(keys):
            with self._telling():
                self._driver.delete(self._store, names)

    def _pages(self, folder: str | None = None) -> _Pages:
        """Return the objects of a folder, or all, in pages that are asked for one by one."""
        return self._driver.list(self._store, folder)

    @contextmanager
    def _telling(self) -> Generator[None]:
        try:
            yield
        except (FileNotFoundError, self._any_error) as error:
            self.trouble = self._error(_problem(error), error)
        else:
            self.trouble = None
            return
        raise self.trouble

    def _error(self, problem: SetupProblem, error: Exception) -> PictureStoreError:
        return PictureStoreError(problem, address=self.address, why=_why(error))


def _opened(address: str) -> object:
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    return importlib.import_module("obstore.store").S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        client_options={
            "allow_http": os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "read_timeout": timedelta(seconds=30),
            "timeout": timedelta(minutes=10),
        },
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )


def _problem(error: Exception) -> SetupProblem:
    """Return what the driver's error means: its classes say it for some requests only."""
    text = str(error)
    if isinstance(error, FileNotFoundError) or _no_bucket(error):
        return SetupProblem.STORE_BUCKET
    if re.search(r"status code: 40[13]", text):
        return SetupProblem.STORE_REFUSED
    return SetupProblem.STORE_CREDENTIALS if _METADATA in text else SetupProblem.STORE_AWAY


def _no_bucket(error: Exception) -> bool:
    return "NoSuchBucket" in str(error)


def _why(error: Exception) -> str:
    """Return what the store or the network said: the end of the driver's first line."""
    text = str(error)
    if code := re.search(r"<Code>(\w+)</Code>", text):
        return code[1]
    first = text.splitlines()[0] if text else type(error).__name__
    cause = re.findall(r'"((?:Connection|connection|failed|dns|No route)[^"]*)"', text)
    return cause[-1] if cause else first.rsplit(" - ", 1)[-1]
