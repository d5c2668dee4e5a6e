"""The reference pictures and the mask of a draft, held against an offer's rule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bot.domain.catalog import Offer, ReferenceRule
from bot.domain.requests.request import Draft, Reference, ViolationKind
from bot.domain.requests.violations import Findings


def check_references(draft: Draft, offer: Offer, findings: Findings) -> None:
    """Refuse references that are missing, too many, or not as the offer takes them."""
    rule, count = offer.references, len(draft.references)
    most = rule.maximum
    if most and offer.count.total_max is not None:
        # One place of the total is the output's.
        most = min(most, offer.count.total_max - 1)
    if count < rule.minimum:
        findings.refuse("reference", ViolationKind.REFERENCE_MISSING, limit=rule.minimum)
    elif count and not most:
        findings.refuse("reference", ViolationKind.REFERENCE_NOT_TAKEN)
    elif count > most:
        findings.refuse("reference", ViolationKind.REFERENCES_TOO_MANY, count=count, limit=most)
    if most:
        for position, reference in enumerate(draft.references, start=1):
            _ReferenceCheck(rule, findings, position, reference).run()


def is_taken_unchanged(reference: Reference, rule: ReferenceRule) -> bool:
    """Tell whether the file of a reference can be sent as it is, as far as it is known."""
    pixels = (reference.width or 0) * (reference.height or 0)
    return (
        (reference.mime is None or reference.mime in rule.formats)
        and (reference.bytes or 0) <= rule.max_bytes
        and (rule.max_pixels is None or pixels <= rule.max_pixels)
    )


def check_mask(draft: Draft, rule: ReferenceRule, findings: Findings) -> None:
    """Refuse a mask that is not taken, or of another shape than the first reference."""
    mask = draft.mask
    if mask is None:
        return
    if not rule.mask:
        findings.refuse("mask", ViolationKind.MASK_NOT_TAKEN)
        return
    first = draft.references[0] if draft.references else None
    if not (first and first.width and first.height and mask.width and mask.height):
        return
    # A mask of another size but the same shape is scaled; one pixel of rounding is fine, be it in
    # width or in height.
    off = abs(mask.width * first.height - mask.height * first.width)
    if off > max(first.width, first.height):
        findings.refuse(
            "mask",
            ViolationKind.MASK_RATIO,
            width=mask.width,
            height=mask.height,
            wanted_width=first.width,
            wanted_height=first.height,
        )


@dataclass(frozen=True, slots=True)
class _ReferenceCheck:
    rule: ReferenceRule
    findings: Findings
    position: int
    reference: Reference

    def run(self) -> None:
        width, height = self.reference.width, self.reference.height
        if not self.rule.inline:
            if not _is_public(self.reference.url):
                self._refuse(ViolationKind.REFERENCE_NEEDS_URL)
            elif self._needs_conversion():
                self._refuse(ViolationKind.REFERENCE_NEEDS_CONVERSION)
        if width is None or height is None:
            return
        if min(width, height) <= self.rule.min_side:
            self._refuse(
                ViolationKind.REFERENCE_TOO_SMALL,
                width=width,
                height=height,
                limit=self.rule.min_side,
            )
        if self._ratio_outside(Fraction(width, height)):
            self._refuse(
                ViolationKind.REFERENCE_RATIO,
                width=width,
                height=height,
                low=self.rule.min_ratio,
                high=self.rule.max_ratio,
                open=self.rule.ratio_open,
            )

    def _refuse(self, kind: ViolationKind, **values: object) -> None:
        self.findings.refuse("reference", kind, None, position=self.position, **values)

    def _ratio_outside(self, ratio: Fraction) -> bool:
        low, high = self.rule.min_ratio, self.rule.max_ratio
        if low is None or high is None:
            return False
        return not (low < ratio < high if self.rule.ratio_open else low <= ratio <= high)

    def _needs_conversion(self) -> bool:
        return self.reference.altered or not is_taken_unchanged(self.reference, self.rule)


def _is_public(url: str | None) -> bool:
    """Whether an image service can fetch it: http(s), not a data URL."""
    return url is not None and url.lower().startswith(("http://", "https://"))
