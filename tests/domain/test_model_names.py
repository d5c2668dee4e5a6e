"""Which model is meant by its name, its id, or a part of them."""

from __future__ import annotations

from bot.domain.catalog import Offer, Operation
from bot.domain.requests.model_names import meant
from tests.cases import every_case
from tests.domain.shipped import CATALOG, G40, G45, GPT, I2I, LITE, V3, V40, V45, V50


def found(
    text: str,
    operation: Operation = Operation.GENERATE,
    *,
    without: tuple[str, ...] = (),
    preferred: str = V45,
) -> tuple[str, ...]:
    def usable(offer: Offer) -> bool:
        return offer.model_id not in without

    return meant(CATALOG, text, operation, usable=usable, preferred=preferred)


@every_case(
    ("text", "models"),
    [
        (V40, (V40,)),
        ("Seedream 4.0", (V40,)),
        ("  seedream 4.5 (GATEWAY) ", (G45,)),
        ("4.5", (V45,)),
        ("gateway 4.5", (G45,)),
        ("4", (V45,)),
        ("seedream", (V45,)),
        ("lite", (LITE,)),
        ("5.0", (V50,)),
        ("5", (V50,)),
        ("3", (V3,)),
        ("gpt", (GPT,)),
        ("250828", (V40,)),
        ("seededit", (I2I,)),
        ("Seadream", ()),
        ("", ()),
        ("()", ()),
    ],
)
def test_parts_mean_the_model_of_the_defaults_family(text: str, models: tuple[str, ...]) -> None:
    assert found(text) == models


def test_the_preferred_model_decides_between_twins() -> None:
    assert found("4.0", preferred=G45) == (G40,)
    assert found("4.5", preferred=G45) == (G45,)


def test_several_that_nothing_tells_apart_are_all_named() -> None:
    assert found("gateway", preferred=V45) == (G45, "seedream-5.0-lite", G40)


def test_a_part_means_what_is_offered_here_if_it_can() -> None:
    assert found("4.5", without=(V45,)) == (G45,)
    assert found("gpt", without=(GPT,)) == (GPT,)
    assert found("edit", Operation.EDIT) == (I2I,)
