"""The shipped catalog against the documents' tables, and what an operator may add to it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.catalog import CatalogProvider, load_catalog
from bot.domain.catalog import ASPECTS, Catalog, Offer, Operation, PixelSize
from bot.domain.errors import SetupError
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import Draft, ImageRequest, Reference
from bot.ui.messages.operator.setup_problems import setup
from tests.cases import every_case

GENERATE, EDIT = Operation.GENERATE, Operation.EDIT
PROVIDERS: dict[str, CatalogProvider] = {
    "routescope": CatalogProvider(kind="routescope"),
    "seededit": CatalogProvider(kind="seededit"),
    "seedream": CatalogProvider(kind="seedream"),
}
SHIPPED = load_catalog({}, PROVIDERS)
V45 = "doubao-seedream-4-5-251128"
SEEDEDIT = "doubao-seededit-3-0-i2i-250628"
V50 = "doubao-seedream-5-0-260128"


def offer(catalog: Catalog, model: str, operation: Operation = GENERATE) -> Offer:
    (found,) = catalog.of(model, operation)
    return found


def custom(name: str, **entry: Any) -> Catalog:
    return load_catalog({name: entry}, PROVIDERS)


# --- the documents' tables ----------------------------------------------------------------------


def test_each_source_serves_the_models_of_its_document() -> None:
    served = {(o.source, o.operation.value, o.model_id) for o in SHIPPED.offers}
    seedream = [
        "doubao-seedream-4-0-250828",
        "doubao-seedream-4-5-251128",
        "doubao-seedream-5-0-260128",
        "doubao-seedream-5-0-lite-260128",
    ]
    gateway = ["seedream-4.0", "seedream-4.5", "seedream-5.0-lite"]
    assert served == {
        ("routescope-seedream-generation", "generate", "doubao-seedream-3-0-t2i-250415"),
        *(("routescope-seedream-generation", "generate", model) for model in seedream),
        *(("routescope-seedream-edits", "edit", model) for model in seedream),
        ("routescope-openai-edits", "edit", "gpt-image-2"),
        ("seededit", "edit", "doubao-seededit-3-0-i2i-250628"),
        *(("seedream-gateway", "generate", model) for model in gateway),
        *(("seedream-gateway", "edit", model) for model in gateway),
    }


# docs/spec/image-apis.md section 2.2, column by column.
PRESETS = {
    "1K": "1024x1024 1152x864 864x1152 1280x720 720x1280 1248x832 832x1248 1512x648",
    "2K": "2048x2048 2304x1728 1728x2304 2848x1600 1600x2848 2496x1664 1664x2496 3136x1344",
    "3K": "3072x3072 3456x2592 2592x3456 4096x2304 2304x4096 3744x2496 2496x3744 4704x2016",
    "4K": "4096x4096 4704x3520 3520x4704 5504x3040 3040x5504 4992x3328 3328x4992 6240x2656",
    "gpt": "1024x1024 1536x1152 1152x1536 2048x1152 1152x2048 1536x1024 1024x1536 2016x864",
    "gateway": "2048x2048 2304x1728 1728x2304 2560x1440 1440x2560 2496x1664 1664x2496 3136x1344",
}


@every_case(
    ("model", "operation", "tiers"),
    [
        ("doubao-seedream-3-0-t2i-250415", GENERATE, {"1K": "1K"}),
        ("doubao-seedream-4-0-250828", GENERATE, {"1K": "1K", "2K": "2K", "4K": "4K"}),
        ("doubao-seedream-4-0-250828", EDIT, {"2K": "2K", "4K": "4K"}),
        ("doubao-seedream-4-5-251128", GENERATE, {"2K": "2K", "4K": "4K"}),
        ("doubao-seedream-4-5-251128", EDIT, {"2K": "2K", "4K": "4K"}),
        ("doubao-seedream-5-0-260128", GENERATE, {"2K": "2K", "3K": "3K", "4K": "4K"}),
        ("doubao-seedream-5-0-260128", EDIT, {"2K": "2K", "3K": "3K", "4K": "4K"}),
        ("doubao-seedream-5-0-lite-260128", GENERATE, {"2K": "2K", "3K": "3K", "4K": "4K"}),
        ("doubao-seedream-5-0-lite-260128", EDIT, {"2K": "2K", "3K": "3K", "4K": "4K"}),
        ("gpt-image-2", EDIT, {"standard": "gpt"}),
        ("seedream-4.0", GENERATE, {"2K": "gateway"}),
        ("seedream-4.5", EDIT, {"2K": "gateway"}),
        ("seedream-5.0-lite", GENERATE, {"2K": "gateway"}),
    ],
)
def test_presets_are_those_of_the_reference(
    model: str, operation: Operation, tiers: dict[str, str]
) -> None:
    presets = offer(SHIPPED, model, operation).sizes.presets
    for tier, column in tiers.items():
        assert [str(presets[tier][aspect]) for aspect in ASPECTS] == PRESETS[column].split()
    extra = presets.keys() - tiers.keys()
    assert extra == ({"large"} if model == "gpt-image-2" else {"4K"} if "." in model else set())


def test_a_larger_preset_of_gpt_image_and_the_gateway_has_only_the_listed_shapes() -> None:
    large = offer(SHIPPED, "gpt-image-2", EDIT).sizes.presets["large"]
    assert {aspect: str(size) for aspect, size in large.items()} == {
        "1:1": "2048x2048",
        "16:9": "2560x1440",
        "9:16": "1440x2560",
    }
    largest = offer(SHIPPED, "seedream-4.5").sizes.presets["4K"]
    assert {aspect: str(size) for aspect, size in largest.items()} == {"1:1": "4096x4096"}


@every_case("one", SHIPPED.offers, ids=lambda o: f"{o.source}-{o.model_id}")
def test_every_preset_is_accepted_by_name_and_by_its_pixels(one: Offer) -> None:
    references = (Reference(url="https://img.example.org/1.png"),) * one.references.minimum
    for tier, sizes in one.sizes.presets.items():
        for aspect, size in sizes.items():
            for asked, shape in ((tier, aspect), (str(size), None)):
                draft = Draft(prompt="x", references=references, size=asked, aspect=shape)
                result = check(draft, one)
                assert isinstance(result, ImageRequest)
                assert result.size == str(size)


@every_case("one", SHIPPED.offers, ids=lambda o: f"{o.source}-{o.model_id}")
def test_a_picture_costs_one_credit_and_two_in_4k(one: Offer) -> None:
    for tier, sizes in one.sizes.presets.items():
        for size in sizes.values():
            assert one.cost.of(size.pixels, None) == (2 if tier == "4K" else 1)
    assert one.cost.of(0, "high") == (4 if one.model_id == "gpt-image-2" else 1)
    assert one.cost.of(0, "medium") == 1
    uhd = PixelSize(3840, 2160)
    if one.model_id == "gpt-image-2":
        assert one.cost.of(uhd.pixels, "low") == 2


def test_each_rule_says_whether_it_comes_from_the_document_or_the_vendor() -> None:
    def basis(model: str, operation: Operation, option: str) -> str:
        return offer(SHIPPED, model, operation).options[option].basis.value

    assert offer(SHIPPED, "doubao-seedream-3-0-t2i-250415").sizes.basis == "vendor"
    assert offer(SHIPPED, V45).sizes.basis == "document"
    assert basis("doubao-seedream-3-0-t2i-250415", GENERATE, "seed") == "vendor"
    assert basis("doubao-seededit-3-0-i2i-250628", EDIT, "seed") == "document"
    assert basis(V50, GENERATE, "format") == "vendor"


def test_formats_are_mime_types() -> None:
    assert offer(SHIPPED, "doubao-seededit-3-0-i2i-250628", EDIT).references.formats == {
        "image/jpeg",
        "image/png",
    }
    assert offer(SHIPPED, "gpt-image-2", EDIT).references.formats == {
        "image/jpeg",
        "image/png",
        "image/webp",
    }


# --- providers ----------------------------------------------------------------------------------


def test_offers_of_a_provider_without_a_key_are_kept_but_off() -> None:
    providers: dict[str, CatalogProvider] = {
        **PROVIDERS,
        "seededit": CatalogProvider(kind="seededit", enabled=False),
    }
    catalog = load_catalog({}, providers)
    assert len(catalog.offers) == len(SHIPPED.offers)
    assert {o.source for o in catalog.offers if not o.enabled} == {"seededit"}
    assert "doubao-seededit-3-0-i2i-250628" not in [o.model_id for o in catalog.models()]


def test_a_kind_without_a_provider_has_no_offers() -> None:
    catalog = load_catalog({}, {"routescope": CatalogProvider(kind="routescope")})
    assert {o.provider for o in catalog.offers} == {"routescope"}
    assert catalog.of("seedream-4.5") == ()


def test_two_providers_of_one_kind_both_offer_its_models_in_their_order() -> None:
    catalog = load_catalog(
        {},
        {
            "first": CatalogProvider(kind="routescope", enabled=False),
            "second": CatalogProvider(kind="routescope"),
        },
    )
    assert [(o.provider, o.enabled) for o in catalog.of(V45, GENERATE)] == [
        ("first", False),
        ("second", True),
    ]
    assert [o.provider for o in catalog.models(GENERATE) if o.model_id == V45] == ["second"]


TWO = {"one": CatalogProvider(kind="routescope"), "two": CatalogProvider(kind="routescope")}


def providers(catalog: Catalog, model: str = V45) -> list[str]:
    return [o.provider for o in catalog.of(model, GENERATE)]


def test_a_provider_with_a_list_serves_what_is_in_it_by_either_id() -> None:
    listed = CatalogProvider(kind="routescope", models=("ep-1", V50))
    own = {V45: {"generate": {"upstream_id": "ep-1"}}}
    catalog = load_catalog(own, {**TWO, "listed": listed})
    assert providers(catalog) == ["one", "two", "listed"]
    assert providers(catalog, V50) == ["one", "two", "listed"]
    assert [o.provider for o in catalog.of(V45, EDIT)] == ["one", "two"]
    assert providers(catalog, "doubao-seedream-4-0-250828") == ["one", "two"]


def test_an_offer_names_its_providers_and_their_order() -> None:
    assert providers(load_catalog({V45: {"generate": {"providers": ["two"]}}}, TWO)) == ["two"]
    both = load_catalog({V45: {"generate": {"providers": ["two", "one"]}}}, TWO)
    assert providers(both) == ["two", "one"]
    assert [o.provider for o in both.of(V45, EDIT)] == ["one", "two"]


def test_each_key_of_a_provider_makes_an_offer_beside_the_first() -> None:
    keys = {
        "one": CatalogProvider(kind="routescope", name="one"),
        "one#2": CatalogProvider(kind="routescope", name="one"),
        "two": TWO["two"],
    }
    assert providers(load_catalog({}, keys)) == ["one", "one#2", "two"]
    own = {V45: {"generate": {"providers": ["two", "one"]}}}
    assert providers(load_catalog(own, keys)) == ["two", "one", "one#2"]


def test_an_upstream_id_is_sent_in_place_of_the_models_own() -> None:
    catalog = custom(V45, generate={"upstream_id": "ep-1"})
    request = check(Draft(prompt="a fox"), offer(catalog, V45))
    assert isinstance(request, ImageRequest)
    assert (request.model, request.upstream_model) == (V45, "ep-1")
    assert ImageRequest.from_dict(request.to_dict()) == request
    plain = check(Draft(prompt="a fox"), offer(SHIPPED, V45))
    assert isinstance(plain, ImageRequest)
    assert plain.upstream_model == V45
    assert "upstream_id" not in plain.to_dict()


def test_a_model_is_also_served_by_the_offers_of_another() -> None:
    catalog = custom(V45, also=["seedream-4.5"], generate={"cost": {"credits": 2}})
    first, second = catalog.of(V45, GENERATE)
    assert (first.provider, first.upstream_id, first.cost.credits) == ("routescope", "", 2)
    assert (second.provider, second.upstream_id) == ("seedream", "seedream-4.5")
    assert (second.source, second.label, second.cost.credits) == (
        "seedream-gateway",
        first.label,
        1,
    )
    assert [o.provider for o in catalog.of(V45, EDIT)] == ["routescope", "seedream"]
    assert len(catalog.of("seedream-4.5", GENERATE)) == 1


def test_what_cannot_serve_is_named() -> None:
    for entry, mistake in (
        (
            {"generate": {"providers": ["seedream"]}},
            "providers: 'seedream' is not a provider of kind",
        ),
        ({"generate": {"providers": ["routescop"]}}, "did you mean routescope?"),
        ({"also": ["seedream-4.6"]}, "also: 'seedream-4.6' is not a known model; did you mean"),
        ({"also": "seedream-4.5"}, "this must be a table or a list"),
    ):
        with pytest.raises(SetupError) as error:
            custom(V45, **entry)
        assert mistake in setup(error.value)


def test_models_are_listed_once_in_the_order_of_the_catalog() -> None:
    ids = [o.model_id for o in SHIPPED.models()]
    assert ids[0] == V45
    assert len(ids) == len(set(ids)) == 10
    assert "gpt-image-2" not in [o.model_id for o in SHIPPED.models(GENERATE)]


# --- custom models ------------------------------------------------------------------------------


def test_a_custom_model_like_another_has_its_limits_under_its_own_name() -> None:
    catalog = custom("my-model", like=V45, label="Mine")
    mine, original = offer(catalog, "my-model"), offer(catalog, V45)
    assert (mine.model_id, mine.label) == ("my-model", "Mine")
    assert mine.sizes == original.sizes
    assert {o.operation for o in catalog.of("my-model")} == {GENERATE, EDIT}
    assert original.label == "Seedream 4.5"


def test_a_custom_model_without_a_label_is_called_by_its_id() -> None:
    assert offer(custom("my-model", like=V45), "my-model").label == "my-model"


def test_an_entry_of_a_shipped_model_changes_only_what_it_names() -> None:
    catalog = custom(
        V45,
        generate={
            "count": {"set_max": 6},
            "cost": {"credits": 3},
            "sizes": {"default": "4K"},
            "options": {"watermark": {"default": False}},
        },
    )
    changed, original = offer(catalog, V45), offer(SHIPPED, V45)
    assert (changed.count.set_max, changed.count.total_max) == (6, 15)
    assert changed.cost.of(0, None) == 3
    assert changed.sizes.default == "4K"
    assert changed.options["watermark"].default is False
    assert changed.label == original.label
    assert offer(catalog, V45, EDIT) == offer(SHIPPED, V45, EDIT)
    assert [o.model_id for o in catalog.offers] == [o.model_id for o in SHIPPED.offers]


def test_a_named_rule_may_replace_another() -> None:
    changed = offer(custom(V45, generate={"sizes": "seedream-4-0"}), V45)
    assert changed.sizes == offer(SHIPPED, "doubao-seedream-4-0-250828").sizes


def test_false_takes_an_option_away() -> None:
    # The stricter tier of docs/spec/image-apis.md section 2.1: no sets, no streaming, ten
    # references.
    catalog = custom(
        "doubao-seedream-5-0-pro-260628",
        like=V50,
        generate={
            "sizes": {
                "keywords": ["1K", "2K"],
                "doubtful": [],
                "presets": {"3K": False, "4K": False},
                "pixels": {"min_pixels": 921_600, "max_pixels": 4_624_220},
            },
            "references": {"maximum": 10},
            "count": {"set_max": 0},
            "options": {"stream": False},
        },
    )
    pro = offer(catalog, "doubao-seedream-5-0-pro-260628")
    assert pro.options.keys() == {"format", "watermark"}
    assert pro.sizes.presets.keys() == {"2K"}
    assert not isinstance(check(Draft(prompt="x", related=True, count=2), pro), ImageRequest)
    assert not isinstance(check(Draft(prompt="x", stream=True), pro), ImageRequest)


def test_tightened_limits_take_presets_and_whole_tiers_away() -> None:
    catalog = custom(V45, generate={"sizes": {"pixels": {"max_pixels": 4_200_000}}})
    tight = offer(catalog, V45).sizes
    assert tight.presets.keys() == {"2K"}
    assert tight.keywords == ("1K", "2K")
    assert set(ASPECTS) - tight.presets["2K"].keys() == {"16:9", "9:16", "21:9"}


def test_a_model_can_be_switched_off() -> None:
    catalog = custom(V45, edit={"enabled": False})
    assert [o.enabled for o in catalog.of(V45)] == [True, False]


FULL: dict[str, Any] = {
    "source": "routescope-openai-edits",
    "operation": "edit",
    "sizes": {
        "keywords": ["auto"],
        "default": "auto",
        "pixels": {"min_pixels": 1, "max_pixels": 4_000_000, "min_ratio": "1/2", "max_ratio": 2},
    },
    "references": {"minimum": 1, "maximum": 4, "formats": ["jpeg", "image/png"]},
    "count": "gpt-image-2",
    "options": {"quality": {"choices": ["fast", "best"]}, "watermark": "watermark-doubtful"},
    "cost": {"credits": 2},
    "max_prompt": 1000,
    "typical_seconds": 10,
}


def test_a_new_model_is_written_out_in_full_with_named_rules_among_its_own() -> None:
    new = offer(custom("other-image", label="Other", offers=[FULL]), "other-image", EDIT)
    assert new.provider == "routescope"
    assert new.count.per_call == 10
    assert new.references.formats == {"image/jpeg", "image/png"}
    assert new.options["quality"].choices == ("fast", "best")
    reference = (Reference(url="https://img.example.org/1.png"),)
    result = check(Draft(prompt="x", references=reference, quality="best"), new)
    assert isinstance(result, ImageRequest)
    assert result.credits == 2


def changed(**changes: Any) -> list[dict[str, Any]]:
    return [{**FULL, **changes}]


@every_case(
    ("entry", "mistake"),
    [
        ({}, "there is no such model; write like = or offers"),
        ({"label": "x"}, "there is no such model"),
        ({"like": "doubao-seedream-4-5"}, f"did you mean {V45}?"),
        ({"like": "nothing"}, "like = 'nothing' is not a known model"),
        ({"like": V45, "lable": "x"}, "lable: Extra inputs are not permitted"),
        ({"like": V45, "label": ""}, "label: "),
        ({"like": SEEDEDIT, "generate": {"max_prompt": 5}}, "there is no generate to change"),
        ({"like": V45, "generate": {"sizes": "huge"}}, "there is no rule 'huge' in sizes; known: "),
        (
            {"like": V45, "generate": {"sizes": 5}},
            "this must be a table or a list, not a single value",
        ),
        ({"like": V45, "generate": 5}, "this must be a table or a list, not a single value"),
        ({"like": V45, "generate": {"max_prompt": 0}}, "offers.1.max_prompt: "),
        (
            {"like": V45, "generate": {"sizes": {"default": "5K"}}},
            "the default 5K is not within the limits",
        ),
        ({"like": V45, "generate": {"sizes": {"keyword": []}}}, "offers.1.sizes.keyword: Extra"),
        (
            {"like": V45, "generate": {"sizes": {"pixels": {"max_pixels": 10}}}},
            "offers.1.sizes.pixels: min_pixels 3686400 and max_pixels 10 allow no value",
        ),
        (
            {"like": V45, "generate": {"sizes": {"pixels": {"min_ratio": 0.5}}}},
            'write a ratio as text, such as "1/16"',
        ),
        (
            {"like": V45, "generate": {"sizes": {"pixels": {"min_ratio": "1/0"}}}},
            'write a ratio as text, such as "1/16"',
        ),
        (
            {"like": V45, "generate": {"sizes": {"presets": {"2K": {"1:1": "big"}}}}},
            "write a size as WIDTHxHEIGHT",
        ),
        (
            {"like": V45, "generate": {"sizes": {"presets": {"2K": {"5:4": "2300x1840"}}}}},
            "unknown aspects ['5:4']",
        ),
        (
            {"like": V45, "edit": {"sizes": {"presets": {"2K": False, "4K": False}}}},
            "sizes need a default or presets",
        ),
        (
            {"like": V45, "generate": {"sizes": {"default_tier": "8K"}}},
            "the tier '8K' (default_tier) has no valid preset",
        ),
        ({"like": V45, "edit": {"references": {"formats": ["jpeg"]}}}, "formats need jpeg and png"),
        ({"like": V45, "edit": {"references": {"formats": ["jpg", "png"]}}}, "image/jpeg"),
        ({"like": V45, "edit": {"references": {"minimum": 20}}}, "minimum 20 is more than maximum"),
        ({"like": V45, "generate": {"cost": {"credits": 0}}}, "offers.1.cost.credits: "),
        (
            {"like": V45, "generate": {"options": {"gidance": {"minimum": 1, "maximum": 2}}}},
            "there is no option 'gidance'; did you mean guidance?",
        ),
        (
            {"like": V45, "generate": {"options": {"guidance": {"minimum": 1}}}},
            "a range needs both minimum and maximum",
        ),
        (
            {"like": V45, "generate": {"options": {"quality": {"always": True}}}},
            "an option that is always sent needs a default",
        ),
        ({"label": "x", "offers": []}, "offers: "),
        ({"label": "x", "offers": 5}, "this must be a table or a list, not a single value"),
        ({"offers": [FULL]}, "label: Field required"),
        ({"label": "x", "offers": changed(source="openai")}, "offers.1.source: "),
        ({"label": "x", "offers": changed(operation="paint")}, "offers.1.operation: "),
        ({"label": "x", "offers": changed(sizes={"keywords": ["a"]})}, "a default or presets"),
        (
            {"label": "x", "offers": [FULL], "edit": {"max_prompt": 5}},
            "there is no edit to change: write offers in full",
        ),
    ],
)
def test_a_mistake_in_a_custom_model_is_named(entry: dict[str, Any], mistake: str) -> None:
    with pytest.raises(SetupError) as raised:
        custom("my-model", **entry)
    assert str(raised.value).startswith('[models.custom."my-model"] is not right: ')
    assert mistake in str(raised.value)
    assert "\n" not in str(raised.value)


def test_one_custom_model_may_be_like_another() -> None:
    catalog = load_catalog(
        {"a": {"like": V45, "generate": {"max_prompt": 99}}, "b": {"like": "a"}}, PROVIDERS
    )
    assert offer(catalog, "b").max_prompt == 99
