"""What the catalog says of OpenAI's and Ark's models, at both sides of their limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import Basis, Catalog, Offer, Operation, PixelRule, PixelSize
from bot.domain.errors import SetupError
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Policy, Reference, Refusal
from bot.domain.requests.routing import Defaults, Router
from bot.ui.messages.operator.setup_problems import setup
from tests.domain.shipped import CATALOG, LITE, V40, V45, V50

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT
PRO, V55 = "doubao-seedream-5-0-pro-260628", "seedream-5-5-261028"
PROVIDERS = {
    "openai": CatalogProvider(kind="openai"),
    "ark": CatalogProvider(kind="ark"),
    "byteplus": CatalogProvider(kind="ark"),
}
ON: dict[str, dict[str, Any]] = {PRO: {"enabled": True}, V55: {"enabled": True}}
SHIPPED, TURNED_ON = load_catalog({}, PROVIDERS), load_catalog(ON, PROVIDERS)
SQUARE = Reference(url="https://img.example.org/1.png", mime="image/png", width=900, height=900)


def offer(model: str, operation: Operation, catalog: Catalog = TURNED_ON) -> Offer:
    return catalog.of(model, operation)[0]


def fields(model: str, operation: Operation = GENERATE, **draft: Any) -> list[str]:
    """Return the fields that are refused; none for a draft that is accepted."""
    if operation is EDIT:
        draft.setdefault("references", (SQUARE,))
    result = check(Draft(prompt="a fox", **draft), offer(model, operation))
    return [] if isinstance(result, ImageRequest) else [one.field for one in result]


@pytest.mark.parametrize(
    ("model", "draft", "refused"),
    [
        ("gpt-image-2", {"size": "3840x2160"}, []),
        ("gpt-image-2", {"size": "3856x2160"}, ["size"]),
        ("gpt-image-2", {"count": 10}, []),
        ("gpt-image-2", {"count": 11}, ["count"]),
        ("gpt-image-2", {"quality": "xhigh"}, ["quality"]),
        ("gpt-image-2", {"background": "transparent", "format": "jpeg"}, ["background"]),
        ("gpt-image-2", {"watermark": True}, ["watermark"]),
        ("gpt-image-2", {"references": (SQUARE,)}, ["reference"]),
        ("gpt-image-2.5-sunburst", {"quality": "max", "size": "1792x944"}, []),
        ("gpt-image-2.5-flare", {"quality": "xhigh"}, []),
        ("gpt-image-2.6-sunburst", {"size": "1536x1024"}, []),
        ("gpt-image-2.6-flare", {"size": "1536x1536"}, ["size"]),
        ("gpt-image-1.5", {"size": "1024x1536", "quality": "high"}, []),
        ("gpt-image-1.5", {"size": "1040x1024"}, ["size"]),
        ("gpt-image-1-mini", {"size": "2048x2048"}, ["size"]),
        ("gpt-image-1-mini", {"aspect": "3:2"}, []),
        ("gpt-image-1-mini", {"aspect": "16:9"}, ["aspect"]),
        (V40, {"size": "1280x720"}, []),
        (V40, {"size": "3K"}, ["size"]),
        (V45, {"size": "1K"}, ["size"]),
        (V45, {"size": "2559x1440"}, ["size"]),
        (V45, {"count": 15, "related": True}, []),
        (V45, {"format": "png"}, ["format"]),
        (V45, {"references": (SQUARE,) * 14}, []),
        (V45, {"references": (SQUARE,) * 15}, ["reference"]),
        (V50, {"size": "3K", "format": "png", "stream": True}, []),
        (LITE, {"size": "1K"}, ["size"]),
        (PRO, {"size": "1.5K"}, []),
        (PRO, {"size": "960x960"}, []),
        (PRO, {"size": "2151x2150"}, ["size"]),
        (PRO, {"size": "3K"}, ["size"]),
        (PRO, {"related": True, "count": 2}, ["related"]),
        (PRO, {"references": (SQUARE,) * 10}, []),
        (PRO, {"references": (SQUARE,) * 11}, ["reference"]),
        (V55, {"background": "transparent"}, []),
        (V55, {"background": "transparent", "format": "jpeg"}, ["background"]),
    ],
)
def test_a_generation_keeps_the_limits_of_its_model(
    model: str, draft: dict[str, Any], refused: list[str]
) -> None:
    assert fields(model, **draft) == refused


@pytest.mark.parametrize(
    ("model", "draft", "refused"),
    [
        ("gpt-image-2", {"mask": SQUARE}, []),
        ("gpt-image-2", {"references": (SQUARE,) * 16}, []),
        ("gpt-image-2", {"references": (SQUARE,) * 17}, ["reference"]),
        ("gpt-image-2", {"moderation": "low"}, ["moderation"]),
        ("gpt-image-1.5", {"size": "auto", "quality": "low"}, []),
        # At Ark the floor is the model's own, and keywords are sizes of edits, too.
        (V40, {"size": "1280x720"}, []),
        (V40, {"size": "2K"}, []),
        (V45, {"size": "1280x720"}, ["size"]),
        (V45, {"mask": SQUARE}, ["mask"]),
        (PRO, {"size": "1280x720", "references": (SQUARE,) * 10}, []),
        (V55, {"size": "4K"}, ["size"]),
    ],
)
def test_an_edit_keeps_the_limits_of_its_model(
    model: str, draft: dict[str, Any], refused: list[str]
) -> None:
    assert fields(model, EDIT, **draft) == refused


def test_what_only_third_parties_tell_is_off_and_says_so() -> None:
    for model in (PRO, V55):
        for one in SHIPPED.of(model):
            assert not one.enabled
            assert one.sizes.basis is one.references.basis is one.count.basis is Basis.THIRD_PARTY
        assert all(one.enabled for one in TURNED_ON.of(model))
    told = {
        one.model_id
        for one in SHIPPED.offers
        if one.enabled and Basis.THIRD_PARTY in (one.sizes.basis, one.references.basis)
    }
    assert told == set()
    assert {one.provider for one in TURNED_ON.of(V55)} == {"byteplus"}


@pytest.mark.parametrize(
    ("prefix", "entry", "sent"),
    [
        ("doubao-", {}, V45),
        ("", {}, "seedream-4-5-251128"),
        ("dola-", {}, "dola-seedream-4-5-251128"),
        ("", {"generate": {"upstream_id": "ep-1"}}, "ep-1"),
        ("", {"also": [V40]}, "seedream-4-5-251128"),
        (None, {}, V45),
    ],
)
def test_each_cloud_has_its_own_beginning_of_a_models_name(
    prefix: str | None, entry: dict[str, Any], sent: str
) -> None:
    cloud = CatalogProvider(kind="ark", model_prefix=prefix)
    first, *others = load_catalog({V45: entry}, {"cloud": cloud}).of(V45, GENERATE)
    request = check(Draft(prompt="a fox"), first)
    assert isinstance(request, ImageRequest)
    assert (request.model, request.upstream_model) == (V45, sent)
    assert [one.upstream_id for one in others] == (
        ["seedream-4-0-250828"] if "also" in entry else []
    )


def test_a_providers_own_list_of_models_has_the_names_of_its_cloud() -> None:
    cloud = CatalogProvider(kind="ark", model_prefix="", models=("seedream-4-5-251128", V40))
    served = load_catalog({}, {"cloud": cloud}).offers
    assert {one.model_id for one in served} == {V45, V40}


def test_strict_models_are_sent_no_field_of_a_set_or_a_stream() -> None:
    streaming = Policy(stream=True)
    for model in (PRO, V55):
        result = check(Draft(prompt="a fox", count=3), offer(model, GENERATE), streaming)
        assert isinstance(result, ImageRequest)
        assert "stream" not in result.options
        assert not result.related
        assert result.calls() == (1, 1, 1)


def test_the_models_of_the_first_services_keep_their_order() -> None:
    old = [one.model_id for one in CATALOG.models()]
    more = {name: CatalogProvider(kind=one.kind, enabled=False) for name, one in PROVIDERS.items()}
    keys = {
        "routescope": CatalogProvider(kind="routescope"),
        "seededit": CatalogProvider(kind="seededit"),
        "seedream": CatalogProvider(kind="seedream"),
    }
    both = load_catalog({}, {**keys, **more})
    assert [one.model_id for one in both.models()] == old
    assert [one for one in both.offers if one.enabled] == list(CATALOG.offers)


def test_a_dry_run_of_the_whole_catalog_asks_what_has_a_key_first() -> None:
    keys = {"routescope": CatalogProvider(kind="routescope", enabled=False), **PROVIDERS}
    router = Router(
        catalog=load_catalog({}, keys),
        defaults=Defaults(generate=V45, edit=V45),
        policy=Policy(),
        whole_catalog=True,
    )
    routed = router.route(Draft(prompt="a fox", model=V45))
    assert not isinstance(routed, Refusal)
    assert routed[0].provider == "ark"


# --- changes of an operator who has the first services alone -------------------------------------

FIRST = {
    "routescope": CatalogProvider(kind="routescope"),
    **{name: CatalogProvider(kind=one.kind, enabled=False) for name, one in PROVIDERS.items()},
}


@pytest.mark.parametrize(
    ("model", "operation", "change"),
    [
        # Ark's 4.5 has no 1K, and its 4.0 has options of its own.
        (V45, GENERATE, {"sizes": {"default": "1K"}}),
        (V45, GENERATE, {"providers": ["routescope"]}),
        ("gpt-image-2", EDIT, {"options": {"moderation": False}}),
        ("gpt-image-2", EDIT, {"options": {"watermark": False, "quality": {"default": "low"}}}),
        ("gpt-image-2", EDIT, {"options": {"moderation": {"default": "low"}}}),
        (V40, GENERATE, {"options": {"stream": False}}),
    ],
)
def test_a_change_that_was_right_for_one_service_stays_right(
    model: str, operation: Operation, change: dict[str, Any]
) -> None:
    changed = {model: {operation.value: change}}
    alone = load_catalog(changed, {"routescope": FIRST["routescope"]})
    beside = load_catalog(changed, FIRST)
    enabled = [one for one in beside.offers if one.enabled]
    assert enabled == list(alone.offers)


def test_a_change_does_not_make_an_option_where_a_service_has_none() -> None:
    change = {"gpt-image-2": {"edit": {"options": {"moderation": {"default": "low"}}}}}
    first, second = load_catalog(
        change, {"routescope": FIRST["routescope"], "openai": PROVIDERS["openai"]}
    ).of("gpt-image-2", EDIT)
    assert first.options["moderation"].default == "low"
    assert "moderation" not in second.options


@pytest.mark.parametrize(
    "providers", [FIRST, PROVIDERS, {n: replace(p, enabled=False) for n, p in PROVIDERS.items()}]
)
def test_a_mistake_is_still_one_with_or_without_keys(
    providers: dict[str, CatalogProvider],
) -> None:
    with pytest.raises(SetupError):
        load_catalog({V45: {"generate": {"sizes": {"default": "9K"}}}}, providers)


def test_a_change_that_does_not_suit_a_service_in_use_is_named() -> None:
    with pytest.raises(SetupError) as raised:
        load_catalog({V45: {"generate": {"sizes": {"default": "1K"}}}}, PROVIDERS)
    assert "1K" in setup(raised.value)


# --- a model at home ----------------------------------------------------------------------------


def home(**entry: Any) -> Catalog:
    providers = {**PROVIDERS, "home": CatalogProvider(kind="openai")}
    return load_catalog({"sd": entry}, providers)


def test_a_model_at_home_is_written_in_two_lines() -> None:
    catalog = home(can=["generate"], sizes=["1024x1024", "832x1216", "1216x832"])
    (one, _) = catalog.of("sd")
    assert (one.label, one.operation, one.source) == ("sd", GENERATE, "openai-generation")
    assert (one.provider, one.enabled, dict(one.options)) == ("openai", True, {})
    assert (one.sizes.default, one.count.per_call) == ("1024x1024", 1)
    assert one.sizes.pixels == PixelRule.around(
        [PixelSize(1024, 1024), PixelSize(832, 1216), PixelSize(1216, 832)]
    )
    assert one.sizes.pixels is not None
    assert one.sizes.pixels.multiple_of == 64
    assert set(one.sizes.presets["standard"]) == {"1:1", "2:3", "3:2"}
    for size, legal in (("896x1152", True), ("832x832", False), ("900x1152", False)):
        result = check(Draft(prompt="a fox", size=size), one)
        assert isinstance(result, ImageRequest) is legal, size


def test_a_model_at_home_says_what_it_can_and_where() -> None:
    catalog = home(
        label="Mine",
        can=["generate", "edit", "mask"],
        sizes=["512x512"],
        per_call=4,
        providers=["home"],
    )
    drawn, edited = catalog.of("sd")
    assert {drawn.provider, edited.provider} == {"home"}
    assert (drawn.label, drawn.count.per_call) == ("Mine", 4)
    assert (edited.operation, edited.source) == (EDIT, "openai-edits")
    assert (edited.references.minimum, edited.references.mask) == (1, True)
    without = home(can=["edit"], sizes=["512x512"]).of("sd")
    assert {one.operation for one in without} == {EDIT}
    assert not without[0].references.mask


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        ({"can": ["paint"], "sizes": ["512x512"]}, "can"),
        ({"can": ["mask"], "sizes": ["512x512"]}, "a mask needs edit beside it"),
        ({"can": [], "sizes": ["512x512"]}, "can"),
        ({"can": ["generate"], "sizes": []}, "sizes"),
        ({"can": ["generate"]}, "sizes"),
        ({"can": ["generate"], "sizes": ["2K"]}, "write a size as WIDTHxHEIGHT"),
        ({"can": ["generate"], "sizes": ["512x512"], "provider": "home"}, "provider"),
        ({"can": ["generate"], "sizes": ["512x512"], "providers": ["hom"]}, "did you mean home"),
    ],
)
def test_a_mistake_in_a_model_at_home_is_named(entry: dict[str, Any], mistake: str) -> None:
    with pytest.raises(SetupError) as raised:
        home(**entry)
    assert mistake in setup(raised.value)
