"""What a style or a member's own defaults ask for beside what was typed: kept where it can be.

Nothing of it refuses a request: what the model, or the server, cannot do is left out and named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.catalog import Offer
from bot.domain.requests.request import (
    Draft,
    ImageRequest,
    Note,
    NoteKind,
    OptionValue,
    Reference,
    Refusal,
    Violation,
)

Served = tuple[Offer, ImageRequest]
Attempt = Callable[[Draft], Served | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Values for fields of a draft: those of a style come before those of a member's defaults.

    `pictures` are the examples of the style.
    """

    style: str = ""
    of_style: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])
    of_member: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])
    pictures: tuple[Reference, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.of_style or self.of_member or self.pictures)


def fulfilled(
    attempt: Attempt,
    draft: Draft,
    wishes: Wishes,
    works: Callable[[Offer], bool] = lambda _: True,
) -> Served | Refusal:
    """Return what serves a draft with as many of the wishes as can be, and notes of the others.

    What was typed is never left out: where that alone is refused, so is the draft. `works`: the
    service of an offer takes requests now.
    """
    if not wishes:
        return attempt(draft)
    wanted = [values.get("model") for values in (wishes.of_style, wishes.of_member)]
    models = [] if draft.model else [str(model) for model in wanted if model]
    given_up = ["model"] if models else []
    for model in models:
        found = _Granting(draft, wishes, model).serve(attempt)
        if not isinstance(found, Refusal) and works(found[0]):
            return found
    return _Granting(draft, wishes, None, given_up).serve(attempt)


class _Granting:
    """A draft, the wishes that go with it, and those that were given up on the way."""

    def __init__(
        self, draft: Draft, wishes: Wishes, model: str | None, given_up: Sequence[str] = ()
    ) -> None:
        self._draft = replace(draft, model=model) if model else draft
        self._style = wishes.style
        self._of_style = {*wishes.of_style, "references"}
        self._given_up = list(given_up)
        values = {**wishes.of_member, **wishes.of_style}
        self._kept: dict[str, Any] = {
            name: value
            for name, value in values.items()
            if name != "model" and getattr(draft, name) is None and not _opposes(draft, name, value)
        }
        if wishes.pictures:
            self._kept["references"] = (*draft.references, *wishes.pictures)

    def serve(self, attempt: Attempt) -> Served | Refusal:
        while True:
            routed = attempt(replace(self._draft, **self._kept))
            if not isinstance(routed, Refusal):
                return self._noted(*routed)
            if not self._kept:
                return routed
            about = [name for one in routed.violations for name in self._about(one)]
            if not about:
                # Together with what was typed it is too much, or that is refused alone.
                self._given_up += self._kept
                self._kept = {}

    def _about(self, problem: Violation) -> Iterator[str]:
        """Yield the wish that a problem is about; it is given up, or as much of it as is needed."""
        related = {
            "reference": ("references",),
            "size": ("size", "aspect"),
            "aspect": ("aspect", "size"),
        }
        for name in related.get(problem.field, (problem.field,)):
            if name in self._kept:
                self._give_up(name, problem.suggestion)
                yield name
                return

    def _give_up(self, name: str, nearest: object) -> None:
        if name == "count" and isinstance(nearest, int) and 1 < nearest < self._kept[name]:
            self._kept[name] = nearest
        else:
            del self._kept[name]
        if name not in self._given_up:
            self._given_up.append(name)

    def _noted(self, offer: Offer, request: ImageRequest) -> Served:
        """Say what was given up, and whose wish it was."""
        of_style = [name for name in self._given_up if name in self._of_style]
        of_member = [name for name in self._given_up if name not in self._of_style]
        values = {"model": offer.label, "style": self._style}
        notes = [
            Note(kind=kind, values={**values, "fields": names})
            for kind, names in (
                (NoteKind.STYLE_LEFT_OUT, of_style),
                (NoteKind.DEFAULT_LEFT_OUT, of_member),
            )
            if names
        ]
        return offer, replace(request, notes=(*notes, *request.notes))


def _opposes(draft: Draft, name: str, value: OptionValue) -> bool:
    """Tell whether a shape stands beside a size in pixels, one of which was typed."""
    if name == "aspect":
        return "x" in (draft.size or "").lower()
    return name == "size" and bool(draft.aspect) and "x" in str(value)
