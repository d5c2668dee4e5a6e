"""The size of a draft: keyword, pixels, aspect or default, held against an offer's size rule."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.catalog import ASPECTS, PixelSize, SizeProblem, SizeRule
from bot.domain.requests.request import Draft, NoteKind, ViolationKind
from bot.domain.requests.violations import Findings

# A pixel size agrees with an aspect within this factor: presets themselves stray by 1 %.
ASPECT_TOLERANCE = 0.05

_KEYWORDS = ("1K", "2K", "3K", "4K", "auto", "adaptive")

_VIOLATIONS = {
    SizeProblem.TOO_FEW_PIXELS: ViolationKind.SIZE_TOO_FEW_PIXELS,
    SizeProblem.TOO_MANY_PIXELS: ViolationKind.SIZE_TOO_MANY_PIXELS,
    SizeProblem.RATIO: ViolationKind.SIZE_RATIO,
    SizeProblem.EDGE_TOO_SHORT: ViolationKind.SIZE_EDGE_TOO_SHORT,
    SizeProblem.EDGE_TOO_LONG: ViolationKind.SIZE_EDGE_TOO_LONG,
    SizeProblem.MULTIPLE: ViolationKind.SIZE_MULTIPLE,
}


def named_size(keyword: str, aspect: str | None) -> str:
    """Write a keyword and a shape that is taken by name as one size: `2K 16:9`, or `16:9`."""
    if aspect is None:
        return keyword
    return aspect if keyword == "auto" else f"{keyword} {aspect}"


def keyword_and_aspect(size: str) -> tuple[str, str | None]:
    """Read what `named_size` wrote; a size without a shape by name comes back as it is."""
    keyword, _, aspect = size.rpartition(" ")
    return (keyword or "auto", aspect) if ":" in aspect else (size, None)


def pixels_of(size: str, rule: SizeRule) -> int:
    """Estimate the pixels of one picture, for its cost."""
    pixel_size = PixelSize.parse(size)
    if pixel_size is not None:
        return pixel_size.pixels
    keyword, _ = keyword_and_aspect(size)
    return max((preset.pixels for preset in rule.presets.get(keyword, {}).values()), default=0)


def aspect_ratio(aspect: str) -> float:
    """Return width / height of an aspect such as `16:9`."""
    width, _, height = aspect.partition(":")
    return int(width) / int(height)


def nearest_aspect(ratio: float, among: Iterable[str]) -> str:
    """Return the aspect that looks most like a ratio of width to height."""
    return min(among, key=lambda aspect: abs(math.log(aspect_ratio(aspect) / ratio)))


def presets_of(sizes: Iterable[PixelSize]) -> dict[str, PixelSize]:
    """Return the first of the sizes for each aspect that one of them agrees with."""
    found: dict[str, PixelSize] = {}
    for size in sizes:
        aspect = nearest_aspect(float(size.ratio), ASPECTS)
        if agrees(size, aspect):
            found.setdefault(aspect, size)
    return found


def resolve_size(draft: Draft, rule: SizeRule, findings: Findings) -> str:
    """Return the size to send; what cannot be sent is refused with the nearest that can."""
    check = _SizeCheck(rule=rule, default=_default_size(draft, rule), findings=findings)
    return check.resolve(_plain(draft.size), _plain_aspect(draft.aspect))


@dataclass(frozen=True, slots=True, kw_only=True)
class _SizeCheck:
    rule: SizeRule
    default: str
    findings: Findings

    def resolve(self, asked: str, aspect: str | None) -> str:
        size = PixelSize.parse(asked)
        if aspect is not None and aspect not in self._aspects():
            aspect = self._other_aspect(aspect, size)
        if size is not None:
            return self._pixels(size, aspect)
        if aspect and asked in ("", "auto"):
            presets = self.rule.presets.get(self.rule.default_tier, {})
            return str(presets[aspect]) if presets else named_size(self.default, aspect)
        return self._keyword(asked, aspect) if asked else self.default

    def _aspects(self) -> tuple[str, ...]:
        return tuple(self.rule.presets.get(self.rule.default_tier, ())) or self.rule.aspects

    def _other_aspect(self, asked: str, size: PixelSize | None) -> str | None:
        """Refuse an aspect; return the one to go on with, so that the rest is checked, too."""
        legal = self._aspects()
        if not legal:
            self.findings.refuse("aspect", ViolationKind.ASPECT_NOT_TAKEN, "auto", aspect=asked)
            return None
        if size is None:
            suggestion = _nearest_typed_aspect(asked, legal)
        else:
            suggestion = self._aspect_of(self._nearest(size, None))
        self.findings.refuse(
            "aspect", ViolationKind.ASPECT_UNKNOWN, suggestion, aspect=asked, legal=legal
        )
        return None if suggestion == "auto" or size else suggestion

    # --- keywords -------------------------------------------------------------------------

    def _keyword(self, asked: str, aspect: str | None) -> str:
        names = {name.lower(): name for name in (*self.rule.keywords, *self.rule.presets)}
        word = names.get(asked) or (asked.upper() if asked[0].isdigit() else asked)
        if aspect and aspect in self.rule.presets.get(word, ()):
            return str(self.rule.presets[word][aspect])
        by_name = aspect if aspect in self.rule.aspects else None
        if (aspect and not by_name) or word not in self.rule.keywords:
            self._refuse_keyword(word, aspect)
        elif word in self.rule.doubtful:
            self.findings.note(NoteKind.SIZE_DOUBTFUL, size=word)
        return named_size(word, by_name)

    def _refuse_keyword(self, asked: str, aspect: str | None) -> None:
        rule = self.rule
        legal = self._tiers(aspect) if aspect else self._sure()
        self.findings.refuse(
            "size",
            ViolationKind.SIZE_KEYWORD if asked in _KEYWORDS else ViolationKind.SIZE_UNREADABLE,
            self._nearest_keyword(asked, aspect),
            size=asked,
            legal=legal or tuple(map(str, rule.preset_sizes()))[:3],
        )

    def _nearest_keyword(self, asked: str, aspect: str | None) -> str:
        rule = self.rule
        words = self._tiers(aspect) if aspect else self._sure()
        if words and asked[0].isdigit():
            return _nearest_tier(asked, words)
        if words:
            return rule.default_tier if rule.default_tier in words else words[0]
        default = PixelSize.parse(self.default)
        if default is None or not rule.presets or not asked[0].isdigit():
            return self.default
        # Only pixels are taken: the nearest tier in the shape that would be sent anyway.
        tier = rule.presets[_nearest_tier(asked, tuple(rule.presets))]
        return str(tier[nearest_aspect(float(default.ratio), tier)])

    def _sure(self) -> tuple[str, ...]:
        """Return the keywords to advise: those that no service is known to refuse."""
        return tuple(word for word in self.rule.keywords if word not in self.rule.doubtful)

    def _tiers(self, aspect: str) -> tuple[str, ...]:
        if aspect in self.rule.aspects:
            return self._sure()
        return tuple(tier for tier, sizes in self.rule.presets.items() if aspect in sizes)

    # --- pixels ---------------------------------------------------------------------------

    def _pixels(self, size: PixelSize, aspect: str | None) -> str:
        rule, limits = self.rule, self.rule.pixels
        if limits is None:
            self.findings.refuse(
                "size",
                ViolationKind.SIZE_PIXELS_NOT_TAKEN,
                self.default,
                size=str(size),
                legal=self._sure(),
            )
            return str(size)
        problem = limits.problem(size)
        contradicts = aspect is not None and not agrees(size, aspect)
        legal = self._nearest(size, None if contradicts else aspect)
        if problem is not None:
            self.findings.refuse(
                "size",
                _VIOLATIONS[problem],
                str(legal) if legal else self.default,
                size=str(size),
                pixels=size.pixels,
                min_pixels=limits.min_pixels,
                max_pixels=limits.max_pixels,
                min_ratio=limits.min_ratio,
                max_ratio=limits.max_ratio,
                min_edge=limits.min_edge,
                max_edge=limits.max_edge,
                multiple=limits.multiple_of,
            )
        elif rule.experimental_above is not None and size.pixels > rule.experimental_above:
            self.findings.note(NoteKind.SIZE_EXPERIMENTAL, size=str(size))
        if contradicts:
            self.findings.refuse(
                "aspect",
                ViolationKind.ASPECT_CONTRADICTS_SIZE,
                self._aspect_of(legal),
                size=str(size),
                aspect=aspect,
            )
        return str(size)

    def _nearest(self, size: PixelSize, aspect: str | None) -> PixelSize | None:
        """Find the legal size most like this one, of this aspect where one is named."""
        if self.rule.pixels is None:
            return None
        nearest = self.rule.pixels.nearest(size, self.rule.preset_sizes())
        if aspect is None or (nearest and agrees(nearest, aspect)):
            return nearest
        presets = (self.rule.presets[tier][aspect] for tier in self._tiers(aspect))
        return min(presets, key=size.distance)

    def _aspect_of(self, size: PixelSize | None) -> str:
        if size is None:
            return "auto"
        aspect = nearest_aspect(float(size.ratio), self._aspects())
        return aspect if agrees(size, aspect) else "auto"


def _default_size(draft: Draft, rule: SizeRule) -> str:
    if rule.default is not None:
        return rule.default
    # Edits: the shape of the first reference, as docs/spec/image-apis.md section 4 advises.
    first = draft.references[0] if draft.references else None
    ratio = first.width / first.height if first and first.width and first.height else 1.0
    tier = rule.presets[rule.default_tier]
    return str(tier[nearest_aspect(ratio, tier)])


def agrees(size: PixelSize, aspect: str) -> bool:
    """Tell whether a size has the shape of an aspect, nearly."""
    return abs(math.log(size.ratio / aspect_ratio(aspect))) <= ASPECT_TOLERANCE


def _plain(text: str | None) -> str:
    """Read what phones make of a size: `2k`, `2048×1024`, full-width digits, spaces."""
    plain = "".join(unicodedata.normalize("NFKC", text or "").split()).lower()
    return plain.replace("×", "x").replace("*", "x")


def _plain_aspect(text: str | None) -> str | None:
    plain = _plain(text).replace("x", ":")
    return None if plain in ("", "auto") else plain


def _tier(word: str) -> float:
    try:
        return float(word.rstrip("K"))
    except ValueError:
        return 2.0


def _nearest_tier(asked: str, among: tuple[str, ...]) -> str:
    return min(among, key=lambda tier: (abs(_tier(tier) - _tier(asked)), -_tier(tier)))


def _nearest_typed_aspect(text: str, among: Iterable[str]) -> str:
    width, _, height = text.partition(":")
    try:
        ratio = float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    return nearest_aspect(ratio, among) if 0 < ratio < math.inf else "auto"
