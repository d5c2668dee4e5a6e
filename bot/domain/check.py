"""Hold a draft against one offer: every violation at once, or the request that it becomes."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from bot.domain.catalog import Offer, OptionRule, PixelSize, SizeProblem
from bot.domain.request import (
    OPTION_FIELDS,
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    OptionValue,
    Policy,
    Reference,
    Suggestion,
    Violation,
    ViolationKind,
    visible,
)

# A pixel size agrees with an aspect within this factor: presets themselves stray by 2 %.
ASPECT_TOLERANCE = 0.05
# The models were trained on captions of about this length (image-apis.md section 13).
LONG_PROMPT_WORDS = 600
# `related` without a count: the size of the set in the vendor's own examples.
DEFAULT_SET = 4

_SIZE_VIOLATIONS = {
    SizeProblem.TOO_FEW_PIXELS: ViolationKind.SIZE_TOO_FEW_PIXELS,
    SizeProblem.TOO_MANY_PIXELS: ViolationKind.SIZE_TOO_MANY_PIXELS,
    SizeProblem.RATIO: ViolationKind.SIZE_RATIO,
    SizeProblem.EDGE_TOO_SHORT: ViolationKind.SIZE_EDGE_TOO_SHORT,
    SizeProblem.EDGE_TOO_LONG: ViolationKind.SIZE_EDGE_TOO_LONG,
    SizeProblem.MULTIPLE: ViolationKind.SIZE_MULTIPLE,
}


def check(
    draft: Draft, offer: Offer, policy: Policy | None = None
) -> ImageRequest | list[Violation]:
    """Return the request that the offer would be sent, or every violation of the draft."""
    return _Check(draft, offer, policy or Policy()).run()


def aspect_ratio(aspect: str) -> float:
    """Return width / height of an aspect such as `16:9`."""
    width, _, height = aspect.partition(":")
    return int(width) / int(height)


def nearest_aspect(ratio: float, among: Iterable[str]) -> str:
    """Return the aspect that looks most like a ratio of width to height."""
    return min(among, key=lambda aspect: abs(math.log(aspect_ratio(aspect) / ratio)))


@dataclass(slots=True)
class _Check:
    draft: Draft
    offer: Offer
    policy: Policy
    violations: list[Violation] = field(default_factory=list[Violation])
    notes: list[Note] = field(default_factory=list[Note])

    def run(self) -> ImageRequest | list[Violation]:
        prompt = self._prompt()
        self._references()
        self._mask()
        size = self._size()
        count, related = self._count()
        options = self._options()
        if self.violations:
            return self.violations
        quality = options.get("quality")
        return ImageRequest(
            model=self.offer.model_id,
            source=self.offer.source,
            provider=self.offer.provider,
            operation=self.offer.operation,
            prompt=prompt,
            size=size,
            count=count,
            per_call=self.offer.count.per_call,
            related=related,
            references=len(self.draft.references),
            mask=self.draft.mask is not None,
            options=options,
            unit_credits=self.offer.cost.of(
                self._pixels(size), quality if isinstance(quality, str) else None
            ),
            notes=tuple(self.notes),
        )

    def _refuse(
        self,
        field_name: str,
        kind: ViolationKind,
        suggestion: Suggestion = None,
        **values: object,
    ) -> None:
        self.violations.append(
            Violation(field=field_name, kind=kind, suggestion=suggestion, values=values)
        )

    def _note(self, kind: NoteKind, **values: object) -> None:
        self.notes.append(Note(kind=kind, values=values))

    def _prompt(self) -> str:
        prompt = visible(self.draft.prompt)
        if not prompt:
            self._refuse("prompt", ViolationKind.PROMPT_EMPTY)
        elif len(prompt) > self.offer.max_prompt:
            limit = self.offer.max_prompt
            self._refuse(
                "prompt",
                ViolationKind.PROMPT_TOO_LONG,
                prompt[:limit].strip(),
                length=len(prompt),
                limit=limit,
            )
        elif len(prompt.split()) > LONG_PROMPT_WORDS:
            self._note(NoteKind.PROMPT_LONG, words=len(prompt.split()), limit=LONG_PROMPT_WORDS)
        return prompt

    # --- pictures -------------------------------------------------------------------------

    def _references(self) -> None:
        rule, count = self.offer.references, len(self.draft.references)
        if count < rule.minimum:
            self._refuse("reference", ViolationKind.REFERENCE_MISSING, limit=rule.minimum)
        elif count and not rule.maximum:
            self._refuse("reference", ViolationKind.REFERENCE_NOT_TAKEN)
        elif count > rule.maximum:
            self._refuse(
                "reference", ViolationKind.REFERENCES_TOO_MANY, count=count, limit=rule.maximum
            )
        if rule.maximum:
            for position, reference in enumerate(self.draft.references, start=1):
                self._reference(position, reference)

    def _reference(self, position: int, reference: Reference) -> None:
        rule = self.offer.references
        width, height = reference.width, reference.height
        if not rule.inline:
            if reference.url is None:
                self._refuse("reference", ViolationKind.REFERENCE_NEEDS_URL, position=position)
            elif self._needs_conversion(reference):
                self._refuse(
                    "reference", ViolationKind.REFERENCE_NEEDS_CONVERSION, position=position
                )
        if width is None or height is None:
            return
        if min(width, height) <= rule.min_side:
            self._refuse(
                "reference",
                ViolationKind.REFERENCE_TOO_SMALL,
                position=position,
                width=width,
                height=height,
                limit=rule.min_side,
            )
        if self._ratio_outside(Fraction(width, height)):
            self._refuse(
                "reference",
                ViolationKind.REFERENCE_RATIO,
                position=position,
                width=width,
                height=height,
                low=rule.min_ratio,
                high=rule.max_ratio,
                open=rule.ratio_open,
            )

    def _ratio_outside(self, ratio: Fraction) -> bool:
        rule = self.offer.references
        if rule.min_ratio is None or rule.max_ratio is None:
            return False
        if rule.ratio_open:
            return not rule.min_ratio < ratio < rule.max_ratio
        return not rule.min_ratio <= ratio <= rule.max_ratio

    def _needs_conversion(self, reference: Reference) -> bool:
        rule = self.offer.references
        pixels = (reference.width or 0) * (reference.height or 0)
        return (
            reference.altered
            or (reference.mime is not None and reference.mime not in rule.formats)
            or (reference.bytes or 0) > rule.max_bytes
            or (rule.max_pixels is not None and pixels > rule.max_pixels)
        )

    def _mask(self) -> None:
        mask = self.draft.mask
        if mask is None:
            return
        if not self.offer.references.mask:
            self._refuse("mask", ViolationKind.MASK_NOT_TAKEN)
            return
        first = self.draft.references[0] if self.draft.references else None
        if not (first and first.width and first.height and mask.width and mask.height):
            return
        # A mask of another size but the same shape is scaled; one pixel of rounding is fine.
        if abs(mask.width * first.height / first.width - mask.height) > 1:
            self._refuse(
                "mask",
                ViolationKind.MASK_RATIO,
                width=mask.width,
                height=mask.height,
                wanted_width=first.width,
                wanted_height=first.height,
            )

    # --- size -----------------------------------------------------------------------------

    def _size(self) -> str:
        rule = self.offer.sizes
        aspect = self._aspect()
        asked = _normal_size(self.draft.size)
        if asked in ("AUTO", "ADAPTIVE"):
            asked = asked.lower()
        if not asked or (asked == "auto" and aspect):
            return str(rule.presets[rule.default_tier][aspect]) if aspect else self._default_size()
        size = PixelSize.parse(asked)
        if size is not None:
            return self._pixel_size(size, aspect)
        if aspect and asked in rule.presets and aspect in rule.presets[asked]:
            return str(rule.presets[asked][aspect])
        if asked not in rule.keywords or aspect:
            self._refuse_keyword(asked, aspect)
        elif asked in rule.doubtful:
            self._note(NoteKind.SIZE_DOUBTFUL, size=asked)
        return asked

    def _refuse_keyword(self, asked: str, aspect: str | None) -> None:
        rule = self.offer.sizes
        legal = tuple(rule.presets) if aspect else rule.keywords
        known = asked in ("1K", "2K", "3K", "4K", "auto", "adaptive")
        self._refuse(
            "size",
            ViolationKind.SIZE_KEYWORD if known else ViolationKind.SIZE_UNREADABLE,
            self._nearest_keyword(asked, aspect),
            size=asked,
            legal=legal or tuple(map(str, rule.preset_sizes()))[:3],
        )

    def _nearest_keyword(self, asked: str, aspect: str | None) -> str:
        rule = self.offer.sizes
        tiers = [tier for tier in rule.presets if aspect in rule.presets[tier]] if aspect else []
        words = tiers or [word for word in rule.keywords if word not in rule.doubtful]
        if words and asked[:1].isdigit():
            return min(words, key=lambda word: (abs(_tier(word) - _tier(asked)), -_tier(word)))
        if not words:
            return self._default_size()
        return rule.default_tier if rule.default_tier in words else words[0]

    def _pixel_size(self, size: PixelSize, aspect: str | None) -> str:
        rule = self.offer.sizes
        if rule.pixels is None:
            self._refuse(
                "size",
                ViolationKind.SIZE_PIXELS_NOT_TAKEN,
                self._default_size(),
                size=str(size),
                legal=rule.keywords,
            )
            return str(size)
        problem = rule.pixels.problem(size)
        if problem is not None:
            limits = rule.pixels
            nearest = limits.nearest(size, rule.preset_sizes())
            self._refuse(
                "size",
                _SIZE_VIOLATIONS[problem],
                str(nearest) if nearest else self._default_size(),
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
        elif aspect and abs(math.log(size.ratio / aspect_ratio(aspect))) > ASPECT_TOLERANCE:
            fitting = nearest_aspect(float(size.ratio), rule.presets[rule.default_tier])
            off = abs(math.log(size.ratio / aspect_ratio(fitting))) > ASPECT_TOLERANCE
            self._refuse(
                "aspect",
                ViolationKind.ASPECT_CONTRADICTS_SIZE,
                "auto" if off else fitting,
                size=str(size),
                aspect=aspect,
            )
        elif rule.experimental_above is not None and size.pixels > rule.experimental_above:
            self._note(NoteKind.SIZE_EXPERIMENTAL, size=str(size))
        return str(size)

    def _aspect(self) -> str | None:
        """Return the named aspect when this offer has a preset for it."""
        asked = (self.draft.aspect or "auto").strip().lower().replace("：", ":").replace("x", ":")
        if asked == "auto":
            return None
        rule = self.offer.sizes
        if not rule.presets:
            self._refuse("aspect", ViolationKind.ASPECT_NOT_TAKEN, "auto", aspect=asked)
            return None
        legal = tuple(rule.presets[rule.default_tier])
        if asked not in legal:
            nearest = _nearest_typed_aspect(asked, legal)
            self._refuse("aspect", ViolationKind.ASPECT_UNKNOWN, nearest, aspect=asked, legal=legal)
            return None
        return asked

    def _default_size(self) -> str:
        rule = self.offer.sizes
        if rule.default is not None:
            return rule.default
        # Edits: the shape of the first reference, as image-apis.md section 4 advises.
        first = self.draft.references[0] if self.draft.references else None
        ratio = first.width / first.height if first and first.width and first.height else 1.0
        tier = rule.presets[rule.default_tier]
        return str(tier[nearest_aspect(ratio, tier)])

    def _pixels(self, size: str) -> int:
        """Estimate the pixels of one picture, for its cost."""
        pixel_size = PixelSize.parse(size)
        if pixel_size is None:
            tier = self.offer.sizes.presets.get(size, {})
            return max((preset.pixels for preset in tier.values()), default=0)
        return pixel_size.pixels

    # --- count ----------------------------------------------------------------------------

    def _count(self) -> tuple[int, bool]:
        rule, references = self.offer.count, len(self.draft.references)
        related = bool(self.draft.related)
        room = None if rule.total_max is None else rule.total_max - references
        if related and not rule.set_max:
            self._refuse("related", ViolationKind.RELATED_NOT_TAKEN, suggestion=False)
            related = False
        count = self.draft.count
        if count is None:
            count = max(1, min(DEFAULT_SET, rule.set_max, room or DEFAULT_SET)) if related else 1
        if related:
            most = rule.set_max
        else:
            most = rule.per_call if rule.per_call > 1 else rule.separate_max
        in_one_call = related or rule.per_call > 1
        if not 1 <= count <= most:
            limit = min(most, room) if in_one_call and room and room > 0 else most
            self._refuse(
                "count",
                ViolationKind.COUNT_RANGE,
                min(max(count, 1), limit),
                count=count,
                limit=limit,
                related=related,
            )
        elif in_one_call and room is not None and 0 < room < count:
            self._refuse(
                "count",
                ViolationKind.COUNT_WITH_REFERENCES,
                room,
                count=count,
                references=references,
                limit=room,
                total=rule.total_max,
            )
        elif related and rule.set_doubtful_above and count > rule.set_doubtful_above:
            self._note(NoteKind.SET_MAY_TIME_OUT, count=count, limit=rule.set_doubtful_above)
        return count, related and count > 1

    # --- options --------------------------------------------------------------------------

    def _options(self) -> dict[str, OptionValue]:
        asked = dict(self._asked_options())
        sent: dict[str, OptionValue] = {}
        for name in OPTION_FIELDS:
            rule, value = self.offer.options.get(name), asked.get(name)
            if value is None:
                default = self.policy.watermark if name == "watermark" else None
                if rule and rule.always:
                    value = rule.default if default is None else default
                elif name == "stream" and rule and self.policy.stream:
                    value = True
                if value is not None:
                    sent[name] = value
                continue
            if rule is None:
                self._refuse(name, ViolationKind.OPTION_NOT_TAKEN, option=name, value=value)
                continue
            sent[name] = self._option(name, rule, value, asked)
        return sent

    def _asked_options(self) -> Iterator[tuple[str, OptionValue]]:
        for name in OPTION_FIELDS:
            value: OptionValue | None = getattr(self.draft, name)
            if isinstance(value, str):
                value = value.strip().lower()
                value = "jpeg" if (name, value) == ("format", "jpg") else value
                value = value or None
            # "Do not stream" is what every service does by itself.
            if value is not None and not (name == "stream" and value is False):
                yield name, value

    def _option(
        self, name: str, rule: OptionRule, value: OptionValue, asked: dict[str, OptionValue]
    ) -> OptionValue:
        low, high = rule.minimum, rule.maximum
        if low is not None and high is not None and not isinstance(value, str):
            if not low <= value <= high:  # also refuses NaN
                clamped = low if not value >= low else high
                self._refuse(
                    name,
                    ViolationKind.OPTION_RANGE,
                    int(clamped) if rule.whole else float(clamped),
                    option=name,
                    value=value,
                    low=int(low) if rule.whole else low,
                    high=int(high) if rule.whole else high,
                )
        elif rule.choices and value not in rule.choices:
            close = difflib.get_close_matches(str(value), rule.choices, n=1, cutoff=0.4)
            self._refuse(
                name,
                ViolationKind.OPTION_CHOICE,
                close[0] if close else rule.choices[0],
                option=name,
                value=value,
                legal=rule.choices,
            )
        else:
            self._needs(name, rule, value, asked)
            if rule.doubtful:
                self._note(NoteKind.OPTION_DOUBTFUL, option=name, value=value)
        return value

    def _needs(
        self, name: str, rule: OptionRule, value: OptionValue, asked: dict[str, OptionValue]
    ) -> None:
        needs = rule.needs.get(str(value)) or rule.needs.get("*") or {}
        for other, legal in needs.items():
            other_rule = self.offer.options.get(other)
            present = asked.get(other) or (other_rule.default if other_rule else None)
            if present not in legal:
                fallback = next((c for c in rule.choices if c not in rule.needs), None)
                self._refuse(
                    name,
                    ViolationKind.OPTION_NEEDS,
                    fallback,
                    option=name,
                    value=value,
                    other=other,
                    legal=legal,
                )


def _normal_size(text: str | None) -> str:
    """Read what phones make of a size: `2k`, `2048×1024`, full-width digits, spaces."""
    if text is None:
        return ""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return plain.replace("×", "x").replace("*", "x").replace("X", "x")


def _tier(word: str) -> float:
    try:
        return float(word.rstrip("K"))
    except ValueError:
        return 2.0


def _nearest_typed_aspect(text: str, among: Iterable[str]) -> str:
    width, _, height = text.partition(":")
    try:
        ratio = float(width) / float(height)
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    return nearest_aspect(ratio, among) if 0 < ratio < math.inf else "auto"
