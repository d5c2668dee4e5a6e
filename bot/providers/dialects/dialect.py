"""What an image API's adapter must know: a body from a request, a reply from an answer. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from bot.domain.requests.request import ImageRequest, OptionValue
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_reader import parse_answer
from bot.services.ports import Reply


class WireForm(StrEnum):
    """How references may travel (docs/spec/image-apis.md section 10.5)."""

    INLINE = "inline"  # data URLs; the original address when the service cannot read them
    PREFER_URL = "prefer_url"  # the original address; data URLs when it cannot be fetched
    URL_ONLY = "url_only"
    FILES = "files"  # parts of a form


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """A request to be sent: `path` counts from the prefix of the kind.

    With `files` it is a form: each is a field's name and a picture as a data URL, and the fields
    of `body` are the form's texts.
    """

    path: str
    body: dict[str, object]
    method: str = "POST"
    files: list[tuple[str, str]] | None = None

    def clear(self) -> None:
        """Let go of the pictures once they are encoded."""
        self.body.clear()
        if self.files is not None:
            self.files.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """What an operator sets for one provider, in the words of docs/settings.md."""

    # multipart, json
    edits: str = "multipart"
    # absent, b64_json, url
    response_format: str = "absent"
    # The field that the member's code goes into: user, safety_identifier, none.
    member_code: str = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContent:
    """What one call is made of; references and mask are URLs or data URLs.

    `user` is the member's code, empty for none. The service should answer, or give up, within
    `timeout_seconds`.
    """

    request: ImageRequest
    images: int
    references: Sequence[str]
    mask: str | None
    user: str
    timeout_seconds: int


class Dialect(Protocol):
    """One image API: its fields, its patience, its wire form."""

    form: ClassVar[WireForm]
    # Base64 replies are larger by far than a list of addresses.
    inline_reply: ClassVar[bool] = False
    # The field of `usage` that the API documents as the US dollars that a call cost.
    usd_field: ClassVar[str | None] = None

    def read_seconds(self, images: int) -> float:
        """How long one call for so many pictures may take (docs/spec/image-apis.md section 12)."""
        return min(300.0 + 40.0 * (images - 1), 900.0)

    def build(self, content: CallContent) -> HttpCall:
        """Write one call."""
        ...

    def parse(self, answer: Answer) -> Reply:
        """Read an answer, streamed or not; raises ProviderError when it holds no picture."""
        return parse_answer(answer)


def server_bound_seconds(_images: int) -> float:
    """Routescope is taken to stop at 150 s, whatever was asked."""
    return 180.0


def renamed(options: Mapping[str, OptionValue], names: Mapping[str, str]) -> dict[str, OptionValue]:
    """Return the options that an API knows, under its names; what it does not is never sent."""
    return {theirs: options[ours] for ours, theirs in names.items() if ours in options}
