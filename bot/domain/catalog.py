"""Models and what each image API takes from them: sizes, references, counts, options, cost.

Pure data and lookups. Where the numbers come from stands in `bot/catalog.toml`; how they are
read stands in `bot/catalog/`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, gcd, log, sqrt

# How like a model's name or id a word is that probably means it, from 0 to 1.
_NEAR = 0.6
ASPECTS = ("1:1", "4:3", "3:4", "16:9", "9:16", "3:2", "2:3", "21:9")


class Operation(StrEnum):
    """What a request does: draw from words, or change a picture."""

    GENERATE = "generate"
    EDIT = "edit"


class Basis(StrEnum):
    """Where a rule comes from: the source's own document, its vendor's, or others' pages."""

    DOCUMENT = "document"
    VENDOR = "vendor"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True, order=True)
class PixelSize:
    """Width and height in pixels; written `WIDTHxHEIGHT`."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> PixelSize | None:
        """Read `2048x1024`; None when the text has another form or a zero."""
        width, separator, height = text.partition("x")
        if not (separator and width.isascii() and width.isdigit()):
            return None
        if not (height.isascii() and height.isdigit()) or max(len(width), len(height)) > 6:
            return None
        size = cls(int(width), int(height))
        return size if size.width and size.height else None

    @property
    def pixels(self) -> int:
        return self.width * self.height

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.width, self.height)

    def distance(self, other: PixelSize) -> float:
        """How different two sizes look: both edges' changes and the shape's, as logarithms."""
        wider, higher = log(self.width / other.width), log(self.height / other.height)
        return abs(wider) + abs(higher) + abs(wider - higher)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class SizeProblem(StrEnum):
    """Which part of a pixel rule a size breaks."""

    TOO_FEW_PIXELS = "too_few_pixels"
    TOO_MANY_PIXELS = "too_many_pixels"
    RATIO = "ratio"
    EDGE_TOO_SHORT = "edge_too_short"
    EDGE_TOO_LONG = "edge_too_long"
    MULTIPLE = "multiple"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelRule:
    """Limits of a pixel size; ratios are width / height, all bounds inclusive."""

    min_pixels: int
    max_pixels: int
    min_ratio: Fraction
    max_ratio: Fraction
    min_edge: int = 1
    max_edge: int = 1_000_000
    multiple_of: int = 1

    @classmethod
    def around(cls, sizes: Collection[PixelSize]) -> PixelRule:
        """Return the narrowest rule that these sizes keep: at least one is needed."""
        edges = [edge for size in sizes for edge in (size.width, size.height)]
        return cls(
            min_pixels=min(size.pixels for size in sizes),
            max_pixels=max(size.pixels for size in sizes),
            min_ratio=min(size.ratio for size in sizes),
            max_ratio=max(size.ratio for size in sizes),
            min_edge=min(edges),
            max_edge=max(edges),
            multiple_of=gcd(*edges),
        )

    def problem(self, size: PixelSize) -> SizeProblem | None:
        """Return the first limit that the size breaks, or None for a legal size."""
        if size.width % self.multiple_of or size.height % self.multiple_of:
            return SizeProblem.MULTIPLE
        if min(size.width, size.height) < self.min_edge:
            return SizeProblem.EDGE_TOO_SHORT
        if max(size.width, size.height) > self.max_edge:
            return SizeProblem.EDGE_TOO_LONG
        if not self.min_ratio <= size.ratio <= self.max_ratio:
            return SizeProblem.RATIO
        if size.pixels < self.min_pixels:
            return SizeProblem.TOO_FEW_PIXELS
        if size.pixels > self.max_pixels:
            return SizeProblem.TOO_MANY_PIXELS
        return None

    def nearest(self, size: PixelSize, presets: Iterable[PixelSize] = ()) -> PixelSize | None:
        """Find a legal size that looks most like the one asked for.

        The ideal point (ratio and area clamped) is rarely whole or on the grid, so the grid
        around it is searched; presets are the safety net for rules with odd corners.
        """
        ratio = float(min(max(size.ratio, self.min_ratio), self.max_ratio))
        pixels = min(max(size.pixels, self.min_pixels), self.max_pixels)
        ideal_width, ideal_height = sqrt(pixels * ratio), sqrt(pixels / ratio)
        candidates = [*presets, size]
        for width in self._grid(ideal_width, size.width):
            wanted = (
                ideal_height,
                size.height,
                self.min_pixels / width,
                self.max_pixels / width,
                float(width / self.min_ratio),
                float(width / self.max_ratio),
            )
            candidates += [
                PixelSize(width, height) for value in wanted for height in self._grid(value)
            ]
        legal = [candidate for candidate in candidates if self.problem(candidate) is None]
        # Of two that look equally near, the larger one.
        return min(legal, key=lambda c: (round(size.distance(c), 9), -c.pixels), default=None)

    def _grid(self, *values: float) -> Iterator[int]:
        step = self.multiple_of
        low, high = ceil(self.min_edge / step) * step, floor(self.max_edge / step) * step
        if low > high:
            return
        for value in values:
            for offset in (-1, 0, 1, 2):
                yield min(max((floor(value / step) + offset) * step, low, step), high)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """What may be asked as a size, and what is sent when nothing was asked.

    `presets` maps a tier (`2K`) to its pixel size by aspect. `default` None means: take the 2K
    preset nearest to the first reference (docs/spec/requests.md section 4). `doubtful` keywords are
    listed by the source and refused by its vendor: accepted with a note (docs/spec/image-apis.md
    section 0). `aspects` are shapes that the source takes by name beside any keyword, in place of
    presets.
    """

    keywords: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    pixels: PixelRule | None = None
    presets: Mapping[str, Mapping[str, PixelSize]] = field(
        default_factory=dict[str, Mapping[str, PixelSize]]
    )
    aspects: tuple[str, ...] = ()
    default: str | None = None
    default_tier: str = "2K"
    experimental_above: int | None = None
    basis: Basis = Basis.DOCUMENT

    def preset_sizes(self) -> Iterator[PixelSize]:
        """Every preset, the default tier first."""
        tiers = sorted(self.presets, key=lambda tier: tier != self.default_tier)
        return (size for tier in tiers for size in self.presets[tier].values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRule:
    """What a reference picture must be (docs/spec/image-apis.md sections 2.3 and 10).

    `formats` are MIME types. `min_side` is exclusive ("each > 14 px"), `ratio_open` makes both
    ratio bounds so. `inline` says that the source takes data URLs; without it only public URLs
    are sent, so nothing can be converted on the way.
    """

    minimum: int = 0
    maximum: int = 0
    formats: frozenset[str] = frozenset()
    max_bytes: int = 10_000_000
    min_side: int = 0
    max_pixels: int | None = None
    min_ratio: Fraction | None = None
    max_ratio: Fraction | None = None
    ratio_open: bool = False
    inline: bool = True
    prefer_url: bool = False
    mask: bool = False
    mask_max_bytes: int = 4_000_000
    basis: Basis = Basis.DOCUMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRule:
    """How many pictures one request may ask for, and how they are requested upstream.

    `per_call` is the API's own count field (1: it has none, several pictures are several
    calls); `set_max` the largest related set in one call (0: no sets); `separate_max` the most
    single calls of one request; `total_max` bounds references + outputs of one call; a set above
    `set_doubtful_above` may outlast the service's time limit (docs/spec/image-apis.md section 12).
    """

    per_call: int = 1
    set_max: int = 0
    separate_max: int = 15
    total_max: int | None = None
    set_doubtful_above: int | None = None
    basis: Basis = Basis.DOCUMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRule:
    """Legal values of one option: a range, a choice of words, or (neither) a yes/no.

    `always` values are sent even when nobody asked; `default` is what the service does by
    itself. `needs` maps this option's values (`*`: any) to other options' words that must go
    with them: transparent backgrounds need png or webp.
    """

    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()
    default: float | str | bool | None = None
    always: bool = False
    doubtful: bool = False
    needs: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[str, ...]]]
    )
    basis: Basis = Basis.DOCUMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrices:
    """What a million tokens cost, in micro-units of the operator's currency."""

    text_micro: int
    image_micro: int
    output_micro: int

    def of(self, text: int, images: int, output: int) -> int:
        """Return the price of so many tokens, in micro-units, rounded half up."""
        total = text * self.text_micro + images * self.image_micro + output * self.output_micro
        return (total + 500_000) // 1_000_000

    def to_dict(self) -> dict[str, int]:
        """Return plain values for storage."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Credits and price of one picture: the largest of what its size and its quality say.

    Prices are what the operator pays, in micro-units of the operator's currency; 0: not known.
    `token_prices` turn a reply's tokens into what was really charged.
    """

    credits: int = 1
    above_pixels: int | None = None
    large_credits: int = 1
    by_quality: Mapping[str, int] = field(default_factory=dict[str, int])
    price_micro: int = 0
    large_price_micro: int = 0
    price_micro_by_quality: Mapping[str, int] = field(default_factory=dict[str, int])
    token_prices: TokenPrices | None = None

    def of(self, pixels: int, quality: str | None) -> int:
        """Return the credits of one picture of so many pixels."""
        large = self.large_credits if self._is_large(pixels) else 0
        return max(self.credits, large, self.by_quality.get(quality or "", 0))

    def price_of(self, pixels: int, quality: str | None) -> int:
        """Return the price of one picture of so many pixels, in micro-units."""
        large = self.large_price_micro if self._is_large(pixels) else 0
        return max(self.price_micro, large, self.price_micro_by_quality.get(quality or "", 0))

    def _is_large(self, pixels: int) -> bool:
        return self.above_pixels is not None and pixels > self.above_pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One (source, operation, model) with its limits: the truth for checks and help alike.

    `upstream_id` is what the provider calls the model, empty where it has the same name for it.
    `configured_as` is the provider's name in the configuration, which its further keys share.
    """

    model_id: str
    label: str
    source: str
    provider: str
    operation: Operation
    sizes: SizeRule
    references: ReferenceRule
    count: CountRule
    options: Mapping[str, OptionRule]
    cost: Cost
    max_prompt: int
    typical_seconds: int
    seconds_per_extra: int = 0
    use: str = ""
    enabled: bool = True
    upstream_id: str = ""
    configured_as: str = ""


class Catalog:
    """All offers in the order of preference; the first enabled one that fits serves."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self.offers = tuple(offers)
        self._by_model: dict[str, list[Offer]] = {}
        for offer in self.offers:
            self._by_model.setdefault(offer.model_id, []).append(offer)

    def of(self, model_id: str, operation: Operation | None = None) -> tuple[Offer, ...]:
        """Return a model's offers, enabled or not; empty for an unknown model."""
        return tuple(
            offer
            for offer in self._by_model.get(model_id, ())
            if operation in (None, offer.operation)
        )

    def services(self) -> tuple[str, ...]:
        """Return the providers that may be sent a request, by their names, in order."""
        return tuple(dict.fromkeys(o.configured_as for o in self.offers if o.enabled))

    def models(self, operation: Operation | None = None) -> tuple[Offer, ...]:
        """Return one enabled offer for each model that members may choose, in order."""
        found: dict[str, Offer] = {}
        for offer in self.offers:
            if offer.enabled and operation in (None, offer.operation):
                found.setdefault(offer.model_id, offer)
        return tuple(found.values())

    def named(self, text: str, operation: Operation | None = None) -> str:
        """Return the model that somebody means by its name or a part of it: `4.5`, `gpt`.

        The first in order of preference, those for the operation before all others; the text
        itself where nothing fits.
        """
        words = text.casefold().replace("-", " ").split()
        if not words or text in self._by_model:
            return text
        for offer in (*self.models(operation), *self.models()):
            name = offer.label.casefold().replace("-", " ").split()
            if all(any(part.startswith(word) for part in name) for word in words):
                return offer.model_id
        return text

    def suggest(self, text: str) -> str | None:
        """Return the known model id that a mistyped one is really like, or None."""
        ids = list(self._by_model)
        labels = {offer.label.casefold(): offer.model_id for offer in self.offers}
        wanted = text.casefold().strip()
        if wanted in labels:
            return labels[wanted]
        ending = [model_id for model_id in ids if wanted and wanted in model_id.casefold()]
        close = ending or difflib.get_close_matches(wanted, [*ids, *labels], n=1, cutoff=_NEAR)
        return labels.get(close[0], close[0]) if close else None
