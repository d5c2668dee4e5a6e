"""Image services: one upstream call at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.errors import Failure
from bot.domain.requests.request import ImageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFile:
    """A reference or mask to send: the local file, and its public address if there is one.

    `converted`: the file is not what the address serves, even if only its metadata was removed.
    """

    path: Path | None
    mime: str | None
    url: str | None
    url_expires_at: int | None = None
    converted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRequest:
    """One upstream call: the request, how many pictures of it, and what goes along.

    `reply` is where the raw answer is spooled. `second_form` asks for the other wire form of
    the references after the service could not read the first (docs/spec/image-apis.md section 10).
    """

    request: ImageRequest
    images: int
    references: tuple[ReferenceFile, ...]
    mask: ReferenceFile | None
    user_tag: str
    reply: Path
    second_form: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyItem:
    """One entry of a reply: an address to download, inline Base64, or a failure."""

    url: str | None = None
    base64: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A parsed answer with at least one usable picture; failures stand beside them.

    `cost_micro` is what the service says it charged for the whole call, in micro-units of the
    operator's currency; None where it does not say.
    """

    items: tuple[ReplyItem, ...]
    usage: Mapping[str, object] | None = None
    request_id: str | None = None
    incomplete: bool = False
    cost_micro: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """The decision to try again: after how long, and with which form of the references."""

    wait_seconds: float
    second_form: bool = False


class ImageService(Protocol):
    """One provider: sends one call, once; decides nothing about money."""

    @property
    def name(self) -> str: ...

    @property
    def slots(self) -> int:
        """Upstream calls at once."""
        ...

    async def attempt(
        self, call_request: CallRequest, before_send: Callable[[], Awaitable[None]]
    ) -> Reply:
        """POST once and spool the raw reply; raises ProviderError.

        `before_send` runs when everything is built and nothing has left yet.
        """
        ...

    async def read(self, call_request: CallRequest) -> Reply | None:
        """Parse a spooled reply; None when none is complete. Raises ProviderError."""
        ...

    def retry(self, call_request: CallRequest, failure: Failure, tries: int) -> Retry | None:
        """Decide whether the failed try may be repeated (docs/spec/image-apis.md section 12)."""
        ...

    async def collect(self, item: ReplyItem, target: Path) -> None:
        """Download or decode one picture of a reply; raises ProviderError."""
        ...
