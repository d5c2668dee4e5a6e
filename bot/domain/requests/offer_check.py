"""Hold a draft against one offer: every violation at once, or the request that it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.catalog import CountRule, Offer
from bot.domain.requests.options import resolve_options
from bot.domain.requests.references import check_mask, check_references
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    NoteKind,
    OptionValue,
    Policy,
    Violation,
    ViolationKind,
    visible,
)
from bot.domain.requests.sizes import keyword_and_aspect, pixels_of, resolve_size
from bot.domain.requests.violations import Findings
from bot.domain.styles.words import own_room, with_words

# The models were trained on captions of about this length (docs/spec/image-apis.md section 13).
LONG_PROMPT_WORDS = 600
# `related` without a count: the size of the set in the vendor's own examples.
DEFAULT_SET = 4


def check(
    draft: Draft, offer: Offer, policy: Policy | None = None
) -> ImageRequest | list[Violation]:
    """Return the request that the offer would be sent, or every violation of the draft."""
    findings, policy = Findings(), policy or Policy()
    prompt = _prompt(draft, offer, policy.parts.characters, findings)
    check_references(draft, offer, findings)
    check_mask(draft, offer.references, findings)
    size = resolve_size(draft, offer.sizes, findings)
    count, related = _count(draft, offer.count, findings)
    options = resolve_options(draft, offer.options, policy, findings)
    if findings.violations:
        return findings.violations
    pixels, quality = pixels_of(size, offer.sizes), _quality(options)
    return ImageRequest(
        model=offer.model_id,
        source=offer.source,
        provider=offer.provider,
        operation=offer.operation,
        prompt=prompt,
        size=size,
        count=count,
        per_call=offer.count.per_call,
        related=related,
        references=len(draft.references),
        mask=draft.mask is not None,
        options=options,
        unit_credits=offer.cost.of(pixels, quality),
        price_micro=offer.cost.price_of(pixels, quality),
        token_prices=offer.cost.token_prices,
        upstream_id=offer.upstream_id,
        notes=tuple(findings.notes),
        parts=policy.parts,
        style=(draft.style or "") if draft.style_words is not None else "",
        style_words=draft.style_words or "",
        variation=draft.variation,
    )


def _prompt(draft: Draft, offer: Offer, added: int, findings: Findings) -> str:
    """Return the prompt; `added` characters of the server's own go with it to the service."""
    prompt, limit = visible(draft.prompt), max(offer.max_prompt - added, 1)
    if not prompt:
        findings.refuse("prompt", ViolationKind.PROMPT_EMPTY, operation=offer.operation.value)
    elif (length := len(sent := with_words(draft.style_words, prompt))) > limit:
        findings.refuse(
            "prompt",
            ViolationKind.PROMPT_TOO_LONG,
            visible(prompt[: own_room(draft.style_words, limit)]) or None,
            length=length,
            limit=limit,
            **({"added": added} if added else {}),
        )
    elif (words := len(sent.split())) > LONG_PROMPT_WORDS:
        findings.note(NoteKind.PROMPT_LONG, words=words, limit=LONG_PROMPT_WORDS)
    return prompt


def _count(draft: Draft, rule: CountRule, findings: Findings) -> tuple[int, bool]:
    references, related = len(draft.references), bool(draft.related)
    if related and not rule.set_max:
        findings.refuse("related", ViolationKind.RELATED_NOT_TAKEN, suggestion=False)
        related = False
    in_one_call = related or rule.per_call > 1
    most = rule.set_max if related else rule.per_call if in_one_call else rule.separate_max
    room = most
    if in_one_call and rule.total_max is not None and rule.total_max > references:
        room = min(most, rule.total_max - references)
    count = draft.count
    if count is None:
        count = min(DEFAULT_SET, room) if related else 1
    if not 1 <= count <= most:
        findings.refuse(
            "count",
            ViolationKind.COUNT_RANGE,
            min(max(count, 1), room),
            count=count,
            limit=room,
            related=related,
        )
    elif count > room:
        findings.refuse(
            "count",
            ViolationKind.COUNT_WITH_REFERENCES,
            room,
            count=count,
            references=references,
            limit=room,
            total=rule.total_max,
        )
    elif related and rule.set_doubtful_above and count > rule.set_doubtful_above:
        findings.note(NoteKind.SET_MAY_TIME_OUT, count=count, limit=rule.set_doubtful_above)
    elif related and draft.count is None:
        findings.note(NoteKind.SET_WITHOUT_COUNT, count=count)
    return count, related and count > 1


def cheaper(request: ImageRequest, offer: Offer, credits: int) -> tuple[str, ...]:
    """Return the options of which a smaller value brings one picture down to so many credits.

    Both where only both together do; none where nothing does.
    """
    pixels, quality, cost = (
        pixels_of(request.size, offer.sizes),
        _quality(request.options),
        offer.cost,
    )
    found: list[str] = []
    if request.unit_credits <= credits:
        return ()
    if cost.of(0, quality) <= credits:
        found.append("size")
    if cost.of(pixels, None) <= credits:
        found.append("quality")
    if not found and cost.of(0, None) <= credits:
        found = ["size", "quality"]
    return tuple(found)


def _quality(options: Mapping[str, OptionValue]) -> str | None:
    named = options.get("quality")
    return named if isinstance(named, str) else None


def as_draft(request: ImageRequest, options: Mapping[str, object]) -> Draft:
    """Return the draft, without pictures, of which `check` makes a request with these options."""
    size, aspect = keyword_and_aspect(request.size)
    draft = Draft(
        prompt=request.prompt,
        model=request.model,
        operation=request.operation,
        size=size,
        aspect=aspect,
        count=request.count,
        related=request.related or None,
        style=request.style or None,
        style_words=request.style_words if request.style else None,
        variation=request.variation,
    )
    return replace(draft, **options)  # pyright: ignore[reportArgumentType]
