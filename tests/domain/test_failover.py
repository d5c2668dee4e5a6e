"""Which other offers serve the same request, and what of a draft is the same there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import Catalog, Offer, Operation, OptionRule
from bot.domain.errors import ErrorClass
from bot.domain.job import Call, CallState, Picture, PictureState, Reason
from bot.domain.job_outcome import outcome
from bot.domain.requests.failover import Failover, may_move
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Policy, Reference
from bot.domain.requests.routing import Defaults, Router
from tests.cases import every_case
from tests.domain.shipped import G45, V45, V50
from tests.domain.test_check_properties import DRAFTS, OFFERS, POLICIES, mended

PNG = Reference(url="https://x.example/a.png", mime="image/png", width=900, height=900, bytes=9)


def two_services(custom: dict[str, Any] | None = None) -> Catalog:
    """Return a catalog where the gateway serves Seedream 4.5 as well."""
    return load_catalog(
        {V45: {"also": [G45], **(custom or {})}},
        {
            "routescope": CatalogProvider(kind="routescope"),
            "seedream": CatalogProvider(kind="seedream"),
        },
    )


def asked(catalog: Catalog, policy: Policy | None = None, **draft: Any) -> ImageRequest:
    """Return what the first offer of the model makes of a draft."""
    operation = Operation.EDIT if draft.get("references") else Operation.GENERATE
    first = catalog.of(V45, operation)[0]
    request = check(Draft(**{"prompt": "a fox", **draft}), first, policy)
    assert isinstance(request, ImageRequest)
    return request


def served(
    catalog: Catalog, policy: Policy | None = None, to: tuple[str, ...] = (), **draft: Any
) -> list[ImageRequest]:
    """Return what the other offers make of the request that the first makes of a draft."""
    failover = Failover(catalog=catalog, policy=policy or Policy(), references_to=to)
    request = asked(catalog, policy, **draft)
    pictures = draft.get("references", ()), draft.get("mask")
    return [other for _, other in failover.others(request, *pictures)]


def test_the_same_request_goes_to_the_other_service_under_its_own_name() -> None:
    (other,) = served(two_services(), size="2048x2048", count=3)
    assert (other.provider, other.source) == ("seedream", "seedream-gateway")
    assert (other.model, other.upstream_model) == (V45, G45)
    assert (other.prompt, other.size, other.count) == ("a fox", "2048x2048", 3)


@every_case("draft", [{"size": "5504x3040"}, {"seed": 5}, {"prompt": "x" * 1001}])
def test_who_does_not_take_all_of_it_is_left_out(draft: dict[str, Any]) -> None:
    first, second = two_services().of(V45, Operation.GENERATE)
    wide = replace(first, options={**first.options, "seed": OptionRule(minimum=0, maximum=9)})
    catalog = Catalog([wide, replace(second, max_prompt=1000)])
    assert served(catalog) != []
    assert served(catalog, **draft) == []


def test_where_nobody_named_a_size_each_service_has_its_own() -> None:
    assert asked(two_services()).size == "2K"
    (other,) = served(two_services())
    assert other.size == "2048x2048"
    assert served(two_services(), size="4K") == []


def test_other_credits_are_another_request() -> None:
    assert served(two_services({"generate": {"cost": {"credits": 3}}})) == []


def test_what_the_first_service_sends_of_itself_keeps_nobody_away() -> None:
    catalog = two_services()
    first, second = catalog.of(V45, Operation.GENERATE)
    plain = replace(second, options={})
    assert asked(catalog).options == {"watermark": True}
    assert [o.options for o in served(Catalog([first, plain]))] == [{}]
    assert [o.options for o in served(Catalog([first, plain]), watermark=False)] == [{}]
    # The other way round, what it sends of itself would be a watermark that nobody had.
    bare = replace(first, options={})
    second = replace(second, options={"watermark": OptionRule(default=True, always=True)})
    assert [o.options for o in served(Catalog([bare, second]))] == [{"watermark": False}]
    on = Policy(watermark=True)
    assert [o.options for o in served(Catalog([bare, second]), on)] == [{"watermark": True}]


def test_pictures_go_to_listed_providers_alone_and_only_as_they_are() -> None:
    catalog = two_services()
    assert served(catalog, references=(PNG,)) == []
    (other,) = served(catalog, to=("seedream",), references=(PNG,))
    assert (other.provider, other.references) == ("seedream", 1)
    first, second = catalog.of(V45, Operation.EDIT)
    strict = replace(second, references=replace(second.references, max_bytes=8))
    assert served(Catalog([first, strict]), to=("seedream",), references=(PNG,)) == []


def test_the_keys_of_one_provider_may_have_each_others_pictures() -> None:
    catalog = load_catalog(
        {},
        {
            "one": CatalogProvider(kind="routescope", name="one"),
            "one#2": CatalogProvider(kind="routescope", name="one"),
            "two": CatalogProvider(kind="routescope", name="two"),
        },
    )
    assert [o.provider for o in served(catalog, references=(PNG,))] == ["one#2"]
    assert [o.provider for o in served(catalog)] == ["one#2", "two"]


def test_the_dearest_price_is_that_of_all_that_may_serve() -> None:
    prices = {"generate": {"cost": {"price": 0.04}}}
    catalog = two_services(prices)
    failover = Failover(catalog=catalog, policy=Policy())
    assert failover.dearest(asked(catalog)) == 40_000
    first, second = catalog.of(V45, Operation.GENERATE)
    dear = replace(second, cost=replace(second.cost, price_micro=90_000))
    failover = Failover(catalog=Catalog([first, dear]), policy=Policy())
    assert failover.dearest(asked(catalog)) == 90_000


@pytest.mark.parametrize("paused", [True, False])
def test_a_draft_goes_to_the_first_offer_whose_service_works(paused: bool) -> None:
    router = Router(
        catalog=two_services(), defaults=Defaults(generate=V45, edit=V50), policy=Policy()
    )

    def works(offer: Offer) -> bool:
        return not (paused and offer.provider == "routescope")

    routed = router.route(Draft(prompt="a fox", model=V45), works=works)
    assert isinstance(routed, tuple)
    assert routed[0].provider == ("seedream" if paused else "routescope")
    # Nobody said that the gateway may have pictures.
    routed = router.route(Draft(prompt="a fox", model=V45, references=(PNG,)), works=works)
    assert isinstance(routed, tuple)
    assert routed[0].provider == "routescope"


@settings(max_examples=300, deadline=None)
@given(DRAFTS, OFFERS, POLICIES)
def test_a_provider_that_takes_the_same_gets_the_same(
    draft: Draft, offer: Offer, policy: Policy
) -> None:
    pictures = (PNG,) if offer.references.minimum else ()
    draft = replace(draft, references=pictures, mask=None)
    request = check(draft, offer, policy)
    if not isinstance(request, ImageRequest):
        request = check(mended(draft, request), offer, policy)
    assume(isinstance(request, ImageRequest))
    assert isinstance(request, ImageRequest)
    own = replace(offer, enabled=True)
    twin = replace(own, provider="twin", configured_as="twin")
    failover = Failover(catalog=Catalog([own, twin]), policy=policy, references_to=["twin"])
    ((_, other),) = failover.others(request, pictures)
    # How the reply is transferred is nobody's choice there.
    options = {name: value for name, value in request.options.items() if name != "stream"}
    assert {n: v for n, v in other.options.items() if n != "stream"} == options
    assert replace(other, options={}) == replace(request, provider="twin", options={})


FAILED, PLANNED = CallState.FAILED, CallState.PLANNED


def call(
    state: CallState,
    error: ErrorClass | None = None,
    *,
    seq: int = 0,
    try_number: int = 1,
    **more: Any,
) -> Call:
    values = {"seq": seq, "try_number": try_number, "state": state, "error_class": error}
    return Call(job_id="J", images_asked=1, **values, **more)


@every_case(
    ("calls", "expected"),
    [
        ([call(FAILED, ErrorClass.CREDIT)], True),
        ([call(FAILED, ErrorClass.CREDIT), call(PLANNED, seq=1)], True),
        ([call(FAILED, ErrorClass.RATE), call(PLANNED, try_number=2)], True),
        ([call(PLANNED)], False),
        ([call(FAILED, ErrorClass.SERVER, error_code="spool_full")], False),
        ([call(FAILED, ErrorClass.CREDIT), call(CallState.SENT, seq=1)], False),
        ([call(FAILED, ErrorClass.CREDIT), call(CallState.UNKNOWN, seq=1)], False),
        ([call(FAILED, ErrorClass.CREDIT), call(CallState.ANSWERED, seq=1)], False),
        ([call(FAILED, ErrorClass.CREDIT), call(CallState.SKIPPED, seq=1)], False),
        ([call(CallState.REFUSED, ErrorClass.PROMPT_REFUSED)], False),
    ],
)
def test_a_job_may_move_while_nothing_may_have_been_paid(calls: list[Call], expected: bool) -> None:
    assert may_move(calls, []) is expected
    picture = Picture(job_id="J", position=0, call_seq=0, state=PictureState.KNOWN)
    assert may_move(calls, [picture]) is False


def test_what_failed_at_the_provider_before_explains_nothing_of_the_one_that_served() -> None:
    calls = [
        call(FAILED, ErrorClass.CREDIT, provider="one"),
        call(CallState.ANSWERED, try_number=2, provider="two", images_made=1),
        call(FAILED, ErrorClass.CREDIT, seq=1, provider="one"),
    ]
    fetched = Picture(job_id="J", position=0, call_seq=0, state=PictureState.FETCHED)
    result = outcome(2, calls, [fetched])
    assert (result.paid, result.missing, result.reason) == (1, 1, Reason.PROVIDER_DOWN)


@every_case(
    ("size", "aspect", "there"),
    [
        (None, "16:9", "2848x1600"),
        ("2K", "16:9", "2848x1600"),
        ("2K", None, "2K"),
        (None, None, "2K"),
    ],
)
def test_a_shape_by_name_is_the_same_shape_in_pixels(
    size: str | None, aspect: str | None, there: str
) -> None:
    by_name = {
        "source": "openrouter-images",
        "operation": "generate",
        "max_prompt": 1000,
        "typical_seconds": 30,
        "sizes": {"keywords": ["2K", "4K"], "aspects": ["16:9"], "default": "2K"},
        "references": {},
        "count": {},
        "options": {},
        "cost": {},
    }
    catalog = load_catalog(
        {"mixed": {"label": "Mixed", "offers": [by_name], "also": [V45]}},
        {
            "openrouter": CatalogProvider(kind="openrouter"),
            "routescope": CatalogProvider(kind="routescope"),
        },
    )
    request = check(
        Draft(prompt="a fox", size=size, aspect=aspect),
        catalog.of("mixed", Operation.GENERATE)[0],
    )
    assert isinstance(request, ImageRequest)
    failover = Failover(catalog=catalog, policy=Policy(), references_to=())
    ((_, other),) = failover.others(request, (), None)
    assert (other.provider, other.size) == ("routescope", there)
