"""What the checks accept, the image APIs accept: drafts of every kind, with real pictures.

Each request is built, wired and sent. The APIs' credit is used up, so that they judge all of it
and draw nothing.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.catalog import CatalogProvider, Kind, load_catalog
from bot.domain.catalog import ASPECTS, Offer, OptionRule, ReferenceRule
from bot.domain.errors import ProviderError
from bot.domain.requests.offer_check import check
from bot.domain.requests.request import (
    OPTION_FIELDS,
    Draft,
    ImageRequest,
    Policy,
    Reference,
)
from bot.pictures.picture_values import Needs
from bot.providers.dialects.dialect import ApiSettings
from bot.providers.references.references import HttpReferences
from bot.providers.service import HttpImageService
from bot.sandbox.image_apis import ImageApis
from bot.services.ports import CallRequest, ReferenceFile, ReferenceSource
from tests.cli.console import PicturesHere
from tests.domain.shipped import EVERY_OFFER, LITE, V40, V45, V50
from tests.domain.test_check_properties import mendable, mended, told
from tests.pictures.samples import all_formats, encoded, exif, glass, scene
from tests.providers.servers import site

EXAMPLES = 40
PRO = "doubao-seedream-5-0-pro-260628"


def _half_white(width: int, height: int) -> bytes:
    image = Image.new("RGB", (width, height))
    image.paste("white", (0, 0, width // 2, height))
    return encoded(image, "PNG")


PICTURES = {
    **all_formats(),
    "turned": encoded(scene(64, 96), "JPEG", exif=exif(6)),
    "14x20": encoded(scene(14, 20), "PNG"),
    "15x15": encoded(scene(15, 15), "PNG"),
    "3:1": encoded(scene(90, 30), "PNG"),
    "16:1": encoded(scene(320, 20), "JPEG"),
    "17:1": encoded(scene(340, 20), "JPEG"),
}
MASKS = {
    "black and white": encoded(Image.new("RGB", (48, 32), "white"), "PNG"),
    "transparent": encoded(glass(96, 64), "PNG"),
    "upright": _half_white(64, 96),
    "wide": _half_white(90, 30),
}
# A third of them are typical, so that drafts are accepted.
NAMES = st.sampled_from(["png", "jpeg", "webp"]) | st.sampled_from(sorted(PICTURES))


# Each provider: its kind, its place at the local image APIs, its settings.
SERVICES = {
    "routescope": ("routescope", "routescope", ApiSettings()),
    "seededit": ("seededit", "seededit", ApiSettings()),
    "seedream": ("seedream", "seedream", ApiSettings()),
    "openai": ("openai", "openai", ApiSettings(member_code="safety_identifier")),
    "openai-json": ("openai", "openai", ApiSettings(edits="json")),
    "home": ("openai", "home", ApiSettings(response_format="url")),
    "ark": ("ark", "ark", ApiSettings()),
    "byteplus": ("ark", "byteplus", ApiSettings()),
}
_HOME = {
    "can": ["generate", "edit", "mask"],
    "sizes": ["1024x1024", "512x768", "1024x512"],
    "per_call": 4,
    "providers": ["home"],
}
# Of models with equal limits one for each form of a request.
_TRIED = {
    "openai": {"gpt-image-2", "gpt-image-2.5-flare", "gpt-image-1-mini"},
    "openai-json": {"gpt-image-2"},
    "home": {"home-diffusion"},
    "ark": {V40, V45, V50, PRO},
    "byteplus": {LITE, "seedream-5-5-261028"},
}
NEW_OFFERS = [
    pytest.param(one, id=f"{one.provider}-{one.model_id}-{one.operation}")
    for one in load_catalog(
        {
            "home-diffusion": _HOME,
            PRO: {"enabled": True},
            "seedream-5-5-261028": {"enabled": True},
        },
        {
            name: CatalogProvider(
                kind=cast("Kind", SERVICES[name][0]),
                model_prefix="" if name == "byteplus" else None,
            )
            for name in _TRIED
        },
    ).offers
    if one.model_id in _TRIED[one.provider]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A draft, and which pictures go with it: by name, as an upload or as a local file."""

    draft: Draft
    pictures: tuple[tuple[str, bool], ...]
    mask: str | None
    policy: Policy


def _values(rule: OptionRule | None) -> st.SearchStrategy[Any]:
    if rule is None:
        return st.just(1)
    if rule.choices:
        return st.sampled_from([*rule.choices, "other"])
    if rule.minimum is None or rule.maximum is None:
        return st.booleans()
    low, high = int(rule.minimum) - 1, int(rule.maximum) + 1
    return st.integers(low, high) if rule.whole else st.floats(low, high)


def _rarely(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.none() | strategy


def submissions(offer: Offer) -> st.SearchStrategy[Submission]:
    """Return wishes near to what an offer takes, on both sides of its limits."""
    sizes, most = offer.sizes, offer.references.maximum
    edges = st.sampled_from([512, 720, 1024, 1440, 1920, 2048, 3000, 4096, 4100])
    options = {
        name: _rarely(_values(rule))
        for name in OPTION_FIELDS
        if (rule := offer.options.get(name)) or name in ("seed", "quality")
    }
    return st.builds(
        Submission,
        draft=st.builds(
            Draft,
            prompt=st.just("a fox") | st.text(max_size=30),
            size=_rarely(
                st.sampled_from([*sizes.keywords, "5K", *map(str, sizes.preset_sizes())])
                | st.builds("{}x{}".format, edges, edges)
            ),
            aspect=_rarely(st.sampled_from([*ASPECTS, "5:4"])),
            count=_rarely(st.integers(0, 16)),
            related=_rarely(st.booleans()),
            **options,
        ),
        pictures=st.lists(
            st.tuples(NAMES, st.booleans() if offer.references.inline else st.just(True)),
            min_size=offer.references.minimum,
            max_size=min(most + 1, 3),
        ).flatmap(lambda few: st.just(tuple(few)) | st.just(tuple(few * 5)[:most])),
        mask=_rarely(st.sampled_from(sorted(MASKS))) if offer.references.mask else st.none(),
        policy=st.builds(Policy, watermark=st.none() | st.booleans(), stream=st.booleans()),
    )


@dataclass(slots=True, kw_only=True)
class Door:
    """The image APIs, and pictures that are fetched and prepared once for all examples."""

    run: Callable[[Coroutine[Any, Any, None]], None]
    references: HttpReferences
    services: dict[str, HttpImageService]
    folder: Path
    found: dict[tuple[str, bool], Reference] = field(
        default_factory=dict[tuple[str, bool], Reference]
    )
    made: dict[object, ReferenceFile] = field(default_factory=dict[object, ReferenceFile])

    async def fetch(self, name: str, base: str | None, data: bytes) -> None:
        """Look at a picture where it is uploaded, or on the disk where there is no base."""
        uploaded = base is not None
        local = self.folder / f"mine-{len(self.found)}"
        await asyncio.to_thread(local.write_bytes, data)
        source = ReferenceSource(path=local)
        if uploaded:
            source = ReferenceSource(url=f"{base}/{name}", trusted=True)
        path = self._path(name, uploaded)
        self.found[name, uploaded] = await self.references.fetch(source, path)

    def _path(self, name: str, uploaded: bool) -> Path:
        return self.folder / f"{name}-{uploaded}".replace(":", "-").replace(" ", "-")

    async def reference_file(self, picture: tuple[str, bool], rule: ReferenceRule) -> ReferenceFile:
        """Return a reference as an offer's rule wants it."""
        key = (picture, rule)
        if key not in self.made:
            path = self.folder / f"made-{len(self.made)}"
            await asyncio.to_thread(shutil.copyfile, self._path(*picture), path)
            prepared = await self.references.prepare(path, self.found[picture], rule)
            facts = prepared.reference
            self.made[key] = ReferenceFile(
                path=path, mime=facts.mime, url=facts.url, converted=prepared.converted
            )
        return self.made[key]

    async def mask(self, name: str, first: Reference, rule: ReferenceRule) -> ReferenceFile:
        """Return a mask of a picture's size; none of these pictures is scaled."""
        key = (name, first.width, first.height)
        if key not in self.made:
            path = self.folder / f"made-{len(self.made)}"
            await asyncio.to_thread(path.write_bytes, MASKS[name])
            assert first.width is not None
            assert first.height is not None
            facts = await self.references.prepare_mask(
                path, rule, width=first.width, height=first.height
            )
            self.made[key] = ReferenceFile(path=path, mime=facts.mime, url=None, converted=True)
        return self.made[key]

    async def judge(self, request: ImageRequest, submission: Submission, offer: Offer) -> None:
        """Send every different call of a request; the API must like all of it."""
        rule = offer.references
        references = [await self.reference_file(picture, rule) for picture in submission.pictures]
        mask = None
        if submission.mask is not None:
            mask = await self.mask(submission.mask, self.found[submission.pictures[0]], rule)
        for images in set(request.calls()):
            order = CallRequest(
                request=request,
                images=images,
                references=tuple(references),
                mask=mask,
                user_tag="u_1",
                reply=self.folder / "reply",
            )
            with pytest.raises(ProviderError) as caught:
                await self.services[offer.provider].attempt(order, _at_once)
            assert caught.value.failure.code == "insufficient_quota", caught.value


async def _at_once() -> None:
    """Nothing is to be written down before these calls."""


async def _picture(request: web.Request) -> web.Response:
    return web.Response(body=PICTURES[request.match_info["path"]])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    async def opened(stack: AsyncExitStack) -> Door:
        apis = await stack.enter_async_context(ImageApis())
        apis.fail_next("credit", times=None)
        uploads = await stack.enter_async_context(site(_picture))
        references = HttpReferences(pictures=PicturesHere(), needs=Needs, cdn_base=uploads.url)
        stack.push_async_callback(references.close)
        door = Door(
            run=runner.run,
            references=references,
            services={
                name: HttpImageService(
                    name=name,
                    kind=kind,
                    base_url=f"{apis.url}/{path}",
                    api_key=None if name == "home" else "local",
                    settings=settings,
                )
                for name, (kind, path, settings) in SERVICES.items()
            },
            folder=tmp_path_factory.mktemp("pictures"),
        )
        for service in door.services.values():
            stack.push_async_callback(service.close)
        for name, data in PICTURES.items():
            await door.fetch(name, uploads.url, data)
            await door.fetch(name, None, data)
        for name, data in MASKS.items():
            await door.fetch(name, None, data)
        return door

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield runner.run(opened(stack))
        runner.run(stack.aclose())


@pytest.mark.parametrize("offer", [*EVERY_OFFER, *NEW_OFFERS])
def test_what_is_accepted_here_is_accepted_there_and_suggestions_are_legal(
    offer: Offer, door: Door
) -> None:
    judged = 0

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(submissions(offer))
    def holds(submission: Submission) -> None:
        nonlocal judged
        draft = replace(
            submission.draft,
            references=tuple(door.found[picture] for picture in submission.pictures),
            mask=door.found[submission.mask, False] if submission.mask else None,
        )
        result = check(draft, offer, submission.policy)
        if not isinstance(result, ImageRequest):
            hopeless = told([violation for violation in result if not mendable(violation)])
            result = check(mended(draft, result), offer, submission.policy)
            if not isinstance(result, ImageRequest):
                assert told(result) <= hopeless
                return
        door.run(door.judge(result, submission, offer))
        judged += 1

    holds()
    assert judged, "no draft was accepted: nothing was tested"
