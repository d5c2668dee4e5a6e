"""Checks the options of a draft against the rules of an offer; adds what nobody has to ask for."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bot.domain.catalog import Offer, OptionRule
from bot.domain.requests.request import (
    OPTION_FIELDS,
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    OptionValue,
    Policy,
    ViolationKind,
)
from bot.domain.requests.sizes import pixels_of
from bot.domain.requests.violations import Findings

Rules = Mapping[str, OptionRule]

# What PNGs of drawn pictures have as a rule; raw pixels have three. One that fits is not given up,
# and one that turns out larger is fitted after the call.
PNG_BYTES_PER_PIXEL = 2
# The first that a model has.
_SMALLER = ("jpeg", "webp")


def resolve_options(
    draft: Draft, rules: Rules, policy: Policy, findings: Findings
) -> dict[str, OptionValue]:
    """Return the options to send: what the member set, what is always sent, what policy adds."""
    asked = dict(_asked(draft))
    check = _OptionCheck(rules=rules, asked=asked, findings=findings)
    sent: dict[str, OptionValue] = {}
    for name in OPTION_FIELDS:
        rule, value = rules.get(name), asked.get(name)
        if value is None:
            value = _unasked(name, rule, policy) if rule else None
        elif rule is not None and name == "watermark" and policy.watermark_by_law and not value:
            findings.refuse(name, ViolationKind.WATERMARK_BY_LAW, True)
        elif rule is None or (name == "watermark" and policy.watermark not in (None, value)):
            findings.refuse(name, ViolationKind.OPTION_NOT_TAKEN, option=name, value=value)
        else:
            check.value(name, rule, value)
        if value is not None:
            sent[name] = value
    return sent


def _asked(draft: Draft) -> Iterator[tuple[str, OptionValue]]:
    for name in OPTION_FIELDS:
        value: OptionValue | None = getattr(draft, name)
        if isinstance(value, str):
            value = value.strip().lower()
            value = "jpeg" if (name, value) == ("format", "jpg") else value or None
        # "Do not stream" is what every service does by default.
        if value is not None and not (name == "stream" and value is False):
            yield name, value


def _unasked(name: str, rule: OptionRule, policy: Policy) -> OptionValue | None:
    """Return what is sent of an option that nobody set."""
    if name == "stream":
        return policy.stream or None
    if not rule.always:
        return None
    if name == "watermark" and policy.watermark is not None:
        return policy.watermark
    return rule.default


@dataclass(frozen=True, slots=True, kw_only=True)
class _OptionCheck:
    rules: Rules
    asked: Mapping[str, OptionValue]
    findings: Findings

    def value(self, name: str, rule: OptionRule, value: OptionValue) -> None:
        """Refuse a value that the rule does not take."""
        legal = value
        low, high = rule.minimum, rule.maximum
        if low is not None and high is not None and not isinstance(value, str):
            if not low <= value <= high:  # also refuses NaN
                clamped = high if value > high else low
                legal = int(clamped) if rule.whole else float(clamped)
                self.findings.refuse(
                    name,
                    ViolationKind.OPTION_RANGE,
                    legal,
                    option=name,
                    value=value,
                    low=int(low) if rule.whole else low,
                    high=int(high) if rule.whole else high,
                )
        elif rule.choices and value not in rule.choices:
            close = difflib.get_close_matches(str(value), rule.choices, n=1, cutoff=0.4)
            legal = close[0] if close else rule.choices[0]
            self.findings.refuse(
                name,
                ViolationKind.OPTION_CHOICE,
                legal,
                option=name,
                value=value,
                legal=rule.choices,
            )
        self._needs(name, rule, legal)
        if legal == value and rule.doubtful:
            self.findings.note(NoteKind.OPTION_DOUBTFUL, option=name, value=value)

    def _needs(self, name: str, rule: OptionRule, value: OptionValue) -> None:
        needs = rule.needs.get(str(value)) or rule.needs.get("*") or {}
        for other, legal in needs.items():
            other_rule = self.rules.get(other)
            present = self.asked.get(other) or (other_rule.default if other_rule else None)
            if present not in legal:
                free = (word for word in rule.choices if not rule.needs.keys() & {word, "*"})
                self.findings.refuse(
                    name,
                    ViolationKind.OPTION_NEEDS,
                    next(free, None),
                    option=name,
                    value=value,
                    other=other,
                    legal=legal,
                )


def asked_to_fit(request: ImageRequest, offer: Offer, limit_bytes: int) -> ImageRequest:
    """Return a request that asks for a smaller format where its pictures may exceed a limit.

    Before the call: none is repeated to get a smaller file (docs/spec/requests.md, 4.12). A format
    that somebody chose stays, and so does one of the service that is no PNG. Where the service
    decides the size, nothing is known, and nothing is asked.
    """
    rule = offer.options.get("format")
    if rule is None or rule.default != "png" or rule.doubtful or "format" in request.options:
        return request
    transparent = request.options.get("background") == "transparent"
    if pixels_of(request.size, offer.sizes) * PNG_BYTES_PER_PIXEL <= limit_bytes:
        return request
    for name in _SMALLER:
        if name in rule.choices and _goes(name, request, offer, transparent=transparent):
            note = Note(kind=NoteKind.FORMAT_TO_FIT, values={"format": name})
            options = {**request.options, "format": name}
            return replace(request, options=options, notes=(*request.notes, note))
    return request


def _goes(name: str, request: ImageRequest, offer: Offer, *, transparent: bool) -> bool:
    """Tell whether a format goes with the options of a request."""
    if transparent and name == "jpeg":
        return False
    if offer.options["format"].needs.keys() & {name, "*"}:
        return False
    for option, value in request.options.items():
        rule = offer.options.get(option)
        needs = (rule.needs.get(str(value)) or rule.needs.get("*") or {}) if rule else {}
        if name not in needs.get("format", (name,)):
            return False
    return True
