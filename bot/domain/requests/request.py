"""From a draft (what a member wants) to an image request (what one offer will be sent).

The values alone: `offer_check` holds a draft against one offer, `routing` picks the offer.
Pictures come in as facts that somebody else measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from enum import StrEnum
from typing import Any

from bot.domain.catalog import Offer, Operation, TokenPrices
from bot.domain.styles.words import with_words
from bot.domain.text.prompt_parts import NO_PARTS, PromptParts
from bot.domain.variations.variation import Variation

OPTION_FIELDS = (
    "guidance",
    "seed",
    "quality",
    "background",
    "format",
    "compression",
    "moderation",
    "watermark",
    "stream",
)


class ViolationKind(StrEnum):
    """What is wrong; the sentence for it stands in `bot.ui.messages`."""

    PROMPT_EMPTY = "prompt_empty"
    PROMPT_TOO_LONG = "prompt_too_long"
    MODEL_UNKNOWN = "model_unknown"
    MODEL_UNCLEAR = "model_unclear"
    MODEL_OFF = "model_off"
    OPERATION_NOT_OFFERED = "operation_not_offered"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_NOT_TAKEN = "reference_not_taken"
    REFERENCES_TOO_MANY = "references_too_many"
    REFERENCE_RATIO = "reference_ratio"
    REFERENCE_TOO_SMALL = "reference_too_small"
    REFERENCE_NEEDS_URL = "reference_needs_url"
    REFERENCE_NEEDS_CONVERSION = "reference_needs_conversion"
    PICTURE = "picture"
    MASK_NOT_TAKEN = "mask_not_taken"
    MASK_RATIO = "mask_ratio"
    SIZE_UNREADABLE = "size_unreadable"
    SIZE_KEYWORD = "size_keyword"
    SIZE_PIXELS_NOT_TAKEN = "size_pixels_not_taken"
    SIZE_TOO_FEW_PIXELS = "size_too_few_pixels"
    SIZE_TOO_MANY_PIXELS = "size_too_many_pixels"
    SIZE_RATIO = "size_ratio"
    SIZE_EDGE_TOO_SHORT = "size_edge_too_short"
    SIZE_EDGE_TOO_LONG = "size_edge_too_long"
    SIZE_MULTIPLE = "size_multiple"
    ASPECT_UNKNOWN = "aspect_unknown"
    ASPECT_NOT_TAKEN = "aspect_not_taken"
    ASPECT_CONTRADICTS_SIZE = "aspect_contradicts_size"
    COUNT_RANGE = "count_range"
    COUNT_WITH_REFERENCES = "count_with_references"
    RELATED_NOT_TAKEN = "related_not_taken"
    OPTION_NOT_TAKEN = "option_not_taken"
    WATERMARK_BY_LAW = "watermark_by_law"
    OPTION_RANGE = "option_range"
    OPTION_CHOICE = "option_choice"
    OPTION_NEEDS = "option_needs"
    FLAG_VALUE = "flag_value"
    PRIVATE_NOT_HERE = "private_not_here"
    NO_SUCH_PICTURE = "no_such_picture"
    MODEL_NOT_HERE = "model_not_here"
    COUNT_HERE = "count_here"
    WORD = "word"
    STYLE_UNKNOWN = "style_unknown"
    STYLES_OFF = "styles_off"
    VARIATIONS_OFF = "variations_off"


# Those that a server decided, and no model.
SERVER_RULES = frozenset(
    {
        ViolationKind.MODEL_NOT_HERE,
        ViolationKind.COUNT_HERE,
        ViolationKind.WORD,
        ViolationKind.VARIATIONS_OFF,
    }
)

Suggestion = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One problem: the option's name, what is wrong, the numbers, the nearest legal value."""

    field: str
    kind: ViolationKind
    suggestion: Suggestion = None
    values: Mapping[str, object] = with_default(default_factory=dict[str, object])


class NoteKind(StrEnum):
    """What the member should know about a request that is accepted."""

    SIZE_DOUBTFUL = "size_doubtful"
    SIZE_EXPERIMENTAL = "size_experimental"
    SET_MAY_TIME_OUT = "set_may_time_out"
    SET_WITHOUT_COUNT = "set_without_count"
    OPTION_DOUBTFUL = "option_doubtful"
    PROMPT_LONG = "prompt_long"
    REFERENCE_CHANGED = "reference_changed"
    REFERENCE_WILL_BE_FETCHED = "reference_will_be_fetched"
    FLAG_UNKNOWN = "flag_unknown"
    FLAG_NOT_OFFERED = "flag_not_offered"
    FLAG_IN_QUOTES = "flag_in_quotes"
    OPTION_WINS = "option_wins"
    MODEL_CHOSEN = "model_chosen"
    NUMBER_GUESSED = "number_guessed"
    STYLE_USED = "style_used"
    STYLE_LEFT_OUT = "style_left_out"
    STYLE_ENFORCED = "style_enforced"
    DEFAULT_LEFT_OUT = "default_left_out"
    FORMAT_TO_FIT = "format_to_fit"
    SPOILER_INHERITED = "spoiler_inherited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark that goes into the ticket; `values` hold the numbers for the sentence."""

    kind: NoteKind
    values: Mapping[str, object] = with_default(default_factory=dict[str, object])

    def to_dict(self) -> dict[str, object]:
        """Return plain values for storage."""
        return {"kind": self.kind.value, "values": dict(self.values)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Note:
        """Read what `to_dict` wrote."""
        return cls(kind=NoteKind(stored["kind"]), values=stored["values"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference picture or mask as far as it is known.

    `mime` is what the bytes say. Width and height are those after EXIF rotation. `altered` says
    that the picture cannot be sent byte for byte as its URL serves it (rotated, animated).
    `url_expires_at` is in UTC seconds, None for an address that names no end. All None: it has
    not been looked at, as with the URLs of a dry run.
    """

    url: str | None = None
    url_expires_at: int | None = None
    mime: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    altered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A request as it was typed: nothing resolved, None where nothing was named.

    `style` is the name or the id of one. `style_words` are its words once it was looked up.
    `variation` is what it makes of an earlier result, by the menu of its details.
    """

    prompt: str
    model: str | None = None
    operation: Operation | None = None
    references: tuple[Reference, ...] = ()
    mask: Reference | None = None
    size: str | None = None
    aspect: str | None = None
    count: int | None = None
    related: bool | None = None
    guidance: float | None = None
    seed: int | None = None
    quality: str | None = None
    background: str | None = None
    format: str | None = None
    compression: int | None = None
    moderation: str | None = None
    watermark: bool | None = None
    stream: bool | None = None
    style: str | None = None
    style_words: str | None = None
    variation: Variation | None = None


OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """A request that an offer can serve: every value decided, ready for a dialect, replayable.

    `size` is a keyword, `WIDTHxHEIGHT`, `auto`, `adaptive`, or with a shape that the source takes
    by name: `2K 16:9`, `16:9`. `related` means one set in one
    call. The pictures themselves travel beside it, in the same order. `unit_credits` and
    `price_micro` (micro-units of the operator's currency) are those of one picture, as they were
    when it was accepted; `token_prices` likewise, where the service counts tokens.
    `upstream_id` is what the service calls the model, empty where it has the same name for it.
    `prompt` is the member's own, `style` and `style_words` what they used it with; `parts` are what
    the server's managers added. All are as it was accepted. `variation` is what it makes of an
    earlier result.
    """

    model: str
    source: str
    provider: str
    operation: Operation
    prompt: str
    size: str
    count: int = 1
    per_call: int = 1
    related: bool = False
    references: int = 0
    mask: bool = False
    options: Mapping[str, OptionValue] = with_default(default_factory=dict[str, OptionValue])
    unit_credits: int = 1
    price_micro: int = 0
    token_prices: TokenPrices | None = None
    upstream_id: str = ""
    notes: tuple[Note, ...] = ()
    parts: PromptParts = NO_PARTS
    style: str = ""
    style_words: str = ""
    variation: Variation | None = None

    @property
    def chosen_options(self) -> Mapping[str, OptionValue]:
        """The options without a format that nobody chose: it is asked for to fit a place."""
        if any(note.kind is NoteKind.FORMAT_TO_FIT for note in self.notes):
            return {name: value for name, value in self.options.items() if name != "format"}
        return self.options

    @property
    def styled_prompt(self) -> str:
        """What a service is sent of it, but for the server's parts: the words and their style."""
        return with_words(self.style_words, self.prompt)

    @property
    def upstream_model(self) -> str:
        """What is sent as `model`."""
        return self.upstream_id or self.model

    @property
    def credits(self) -> int:
        """Credits that the whole request holds while it is in progress."""
        return self.unit_credits * self.count

    def calls(self) -> tuple[int, ...]:
        """Pictures asked in each upstream call."""
        if self.related or self.per_call > 1:
            return (self.count,)
        return (1,) * self.count

    def to_dict(self) -> dict[str, object]:
        """Return plain values for storage."""
        notes = [note.to_dict() for note in self.notes]
        return {
            "model": self.model,
            "source": self.source,
            "provider": self.provider,
            "operation": self.operation.value,
            "prompt": self.prompt,
            "size": self.size,
            "count": self.count,
            "per_call": self.per_call,
            "related": self.related,
            "references": self.references,
            "mask": self.mask,
            "options": dict(self.options),
            "unit_credits": self.unit_credits,
            "price_micro": self.price_micro,
            **({"token_prices": self.token_prices.to_dict()} if self.token_prices else {}),
            **({"upstream_id": self.upstream_id} if self.upstream_id else {}),
            **({"notes": notes} if notes else {}),
            **({"parts": self.parts.stored()} if self.parts else {}),
            **({"style": self.style, "style_words": self.style_words} if self.style else {}),
            **({"variation": self.variation.value} if self.variation else {}),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ImageRequest:
        """Read what `to_dict` wrote; fields of a newer version are an error."""
        known = dict(values)
        operation = Operation(known.pop("operation"))
        notes = tuple(map(Note.from_dict, known.pop("notes", ())))
        tokens = known.pop("token_prices", None)
        token_prices = TokenPrices(**tokens) if tokens else None
        parts = PromptParts.of(known.pop("parts", None)) or NO_PARTS
        variation = known.pop("variation", None)
        return cls(
            operation=operation,
            token_prices=token_prices,
            notes=notes,
            parts=parts,
            variation=Variation(variation) if variation else None,
            **known,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is decided for every request: by the operator, and `parts` by the server's managers.

    `watermark_by_law`: it is on for a law that the operator follows, and nobody may switch it off.
    """

    watermark: bool | None = None
    watermark_by_law: bool = False
    stream: bool = False
    parts: PromptParts = NO_PARTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """The fields of a draft that are in the way of some models, by their labels."""

    labels: tuple[str, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Every problem of a draft, held against the offer that came nearest.

    `other_model` could serve the draft as it is, for `other_credits`; None when no offered model
    can, and `obstacles` then say why. `notes` are what reading the text found besides.
    """

    violations: tuple[Violation, ...]
    offer: Offer | None = None
    other_model: str | None = None
    other_credits: int = 0
    obstacles: tuple[Obstacle, ...] = ()
    notes: tuple[Note, ...] = ()


# Letters and signs that show nothing: Hangul fillers and the empty Braille cell.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Separators, control and format characters, and marks that only change what they follow.
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})


def visible(text: str) -> str:
    """Strip a prompt and drop what no service can read: NULs and unpaired surrogates.

    A prompt of zero-width and direction marks alone looks empty to the member, and becomes so.
    """
    text = "".join(c for c in text if c != "\0" and unicodedata.category(c) != "Cs").strip()
    shows = (c not in _BLANKS and unicodedata.category(c) not in _UNSEEN for c in text)
    return text if any(shows) else ""
