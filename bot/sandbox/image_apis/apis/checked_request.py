"""What a checked request asks for: the value between the checks and the drawing."""

from dataclasses import dataclass
from enum import StrEnum

from bot.sandbox.image_apis.apis.limits import PictureRule

Size = tuple[int, int]


class Source(StrEnum):
    """The image APIs."""

    ROUTESCOPE_GENERATION = "routescope-generation"
    ROUTESCOPE_EDITS = "routescope-edits"
    OPENAI_EDITS = "openai-edits"
    SEEDEDIT = "seededit"
    SEEDREAM = "seedream"
    OPENROUTER = "openrouter"
    OPENAI = "openai"
    HOME = "home"
    ARK = "ark"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRequest:
    """A request that passed every rule of its document.

    `size` is None where the service derives it from the first reference (SeedEdit).
    `reference_field` and `references` are as sent: URLs or data URLs, in order.
    `notes` say what is allowed but unwise, for readers of the journal.
    """

    source: Source
    model: str
    prompt: str
    size: Size | None
    picture_rule: PictureRule
    reference_field: str = "image"
    references: tuple[str, ...] = ()
    mask: str | None = None
    count: int = 1
    is_set: bool = False
    stream: bool = False
    base64_reply: bool = False
    output_format: str = "jpeg"
    compression: int | None = None
    transparent: bool = False
    quality: str = "medium"
    watermark: bool = False
    seed: int = -1
    notes: tuple[str, ...] = ()
