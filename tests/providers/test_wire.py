"""The wire form of references: docs/spec/image-apis.md sections 10.5 to 10.7."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.errors import ErrorClass, Failure, PictureError, PictureProblem, ProviderError
from bot.providers.dialects.dialect import WireForm
from bot.providers.references.wire_form import MAX_BODY_BYTES, other_form_helps, wire
from bot.services.ports import CallRequest, ReferenceFile
from tests.providers.servers import JPEG, PNG

NOW = 1_790_000_000.0
URL = "https://img.example.org/a.png"
Make = Callable[..., CallRequest]


SOON, LATER = int(NOW) + 599, int(NOW) + 601


@pytest.fixture
def reference_file(tmp_path: Path) -> Callable[..., ReferenceFile]:
    def make(**changes: object) -> ReferenceFile:
        path = tmp_path / "reference"
        path.write_bytes(PNG)
        values: dict[str, object] = {"path": path, "mime": "image/png", "url": URL}
        return ReferenceFile(**{**values, **changes})  # pyright: ignore[reportArgumentType]

    return make


async def forms(call_request: CallRequest, form: WireForm) -> list[str]:
    wired = await wire(call_request, form, None, now=NOW)
    assert wired.mask is None
    return [text[:22] if text.startswith("data:") else text for text in wired.references]


async def test_inline_sources_get_data_urls(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    found = await forms(
        call_request(references=(reference_file(), reference_file(url=None))), WireForm.INLINE
    )
    assert found == ["data:image/png;base64,", "data:image/png;base64,"]


async def test_addresses_without_a_file_stay_as_they_are(call_request: Make) -> None:
    bare = ReferenceFile(path=None, mime=None, url=URL)
    for form in WireForm:
        assert await forms(call_request(references=(bare,)), form) == [URL]


async def test_the_second_form_of_inline_sources_is_the_original_address(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    references = (
        reference_file(),
        reference_file(converted=True),
        reference_file(url_expires_at=SOON),
        reference_file(url_expires_at=LATER),
    )
    found = await forms(call_request(references=references, second_form=True), WireForm.INLINE)
    inline = "data:image/png;base64,"
    assert found == [URL, inline, inline, URL]


async def test_openai_edits_prefer_an_address_that_is_valid_and_unconverted(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    references = (
        reference_file(),
        reference_file(converted=True),
        reference_file(url_expires_at=SOON),
    )
    inline = "data:image/png;base64,"
    found = await forms(call_request(references=references), WireForm.PREFER_URL)
    assert found == [URL, inline, inline]
    again = await forms(call_request(references=references, second_form=True), WireForm.PREFER_URL)
    assert again == [inline, inline, inline]


async def test_the_gateway_gets_addresses_or_nothing(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    assert await forms(call_request(references=(reference_file(),)), WireForm.URL_ONLY) == [URL]
    with pytest.raises(ProviderError) as caught:
        await forms(call_request(references=(reference_file(url=None),)), WireForm.URL_ONLY)
    failure = caught.value.failure
    assert (failure.error_class, failure.sent) == (ErrorClass.BAD_REFERENCE, False)


async def test_order_is_kept_and_the_mask_travels_beside(
    call_request: Make, reference_file: Callable[..., ReferenceFile], tmp_path: Path
) -> None:
    mask = tmp_path / "mask"
    mask.write_bytes(PNG)
    prepared = ReferenceFile(path=mask, mime="image/png", url=None, converted=True)
    wanted = call_request(
        references=(reference_file(), reference_file(url=URL + "?2")), mask=prepared
    )
    wired = await wire(wanted, WireForm.PREFER_URL, None, now=NOW)
    assert wired.references == (URL, URL + "?2")
    assert wired.mask is not None
    assert wired.mask.startswith("data:image/png;base64,")


class FakeShrinker:
    """Writes files of a size that the edge decides."""

    def __init__(self, sizes: dict[int, int]) -> None:
        self.sizes = sizes
        self.asked: list[tuple[str, int]] = []

    async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> None:
        self.asked.append((source.name, longest_edge))
        await asyncio.to_thread(target.write_bytes, JPEG[:4] + bytes(self.sizes[longest_edge] - 4))


@pytest.fixture
def heavy(tmp_path: Path) -> tuple[ReferenceFile, ...]:
    materials: list[ReferenceFile] = []
    for number in range(3):
        path = tmp_path / f"heavy-{number}"
        path.write_bytes(PNG[:8] + bytes(7_000_000))
        materials.append(ReferenceFile(path=path, mime="image/png", url=None))
    return tuple(materials)


async def test_a_body_above_24_mb_is_shrunk_step_by_step(
    call_request: Make, heavy: tuple[ReferenceFile, ...]
) -> None:
    shrinker = FakeShrinker({2048: 4_000_000, 1536: 100})
    wired = await wire(call_request(references=heavy), WireForm.INLINE, shrinker, now=NOW)
    assert {edge for _, edge in shrinker.asked} == {2048}
    assert all(text.startswith("data:image/jpeg;base64,") for text in wired.references)
    assert sum(map(len, wired.references)) < MAX_BODY_BYTES
    smaller = FakeShrinker({2048: 6_900_000, 1536: 1_000_000})
    await wire(call_request(references=heavy), WireForm.INLINE, smaller, now=NOW)
    assert {edge for _, edge in smaller.asked} == {2048, 1536}
    # Each step starts from the picture itself, not from the one before.
    assert {name for name, _ in smaller.asked} == {"heavy-0", "heavy-1", "heavy-2"}


async def test_what_cannot_be_shrunk_enough_is_too_large_and_unsent(
    call_request: Make, heavy: tuple[ReferenceFile, ...]
) -> None:
    hopeless = FakeShrinker({2048: 6_900_000, 1536: 6_800_000})
    for shrinker in (hopeless, None):
        with pytest.raises(ProviderError) as caught:
            await wire(call_request(references=heavy), WireForm.INLINE, shrinker, now=NOW)
        failure = caught.value.failure
        assert (failure.error_class, failure.sent) == (ErrorClass.TOO_LARGE, False)


async def test_a_picture_that_the_workers_refuse_is_a_bad_reference(
    call_request: Make, heavy: tuple[ReferenceFile, ...]
) -> None:
    class Refusing:
        async def shrink(self, source: Path, target: Path, *, longest_edge: int) -> None:
            raise PictureError(PictureProblem.TIMEOUT)

    with pytest.raises(ProviderError) as caught:
        await wire(call_request(references=heavy), WireForm.INLINE, Refusing(), now=NOW)
    failure = caught.value.failure
    assert (failure.error_class, failure.code) == (ErrorClass.BAD_REFERENCE, "timeout")
    assert not failure.sent


async def test_a_mask_keeps_the_size_of_its_picture(
    call_request: Make, heavy: tuple[ReferenceFile, ...]
) -> None:
    shrinker = FakeShrinker({2048: 100_000, 1536: 100_000})
    wanted = call_request(references=heavy[:2], mask=heavy[2])
    await wire(wanted, WireForm.PREFER_URL, shrinker, now=NOW)
    assert shrinker.asked == [("heavy-1", 2048)]


NOT_AS_DATA = Failure(
    error_class=ErrorClass.BAD_REFERENCE,
    code="InvalidParameter",
    message="The parameter `image` is not valid: Invalid URL specified.",
)
NOT_AS_URL = Failure(
    error_class=ErrorClass.BAD_REFERENCE,
    code="invalid_image_url",
    message="Timeout while downloading",
)


def helps(call_request: CallRequest, form: WireForm, failure: Failure) -> bool:
    return other_form_helps(call_request, form, failure, now=NOW)


def test_the_other_form_helps_only_against_its_own_error(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    wanted = call_request(references=(reference_file(),))
    assert helps(wanted, WireForm.INLINE, NOT_AS_DATA)
    assert not helps(wanted, WireForm.INLINE, NOT_AS_URL)
    assert helps(wanted, WireForm.PREFER_URL, NOT_AS_URL)
    assert not helps(wanted, WireForm.PREFER_URL, NOT_AS_DATA)
    assert not helps(wanted, WireForm.URL_ONLY, NOT_AS_URL)
    again = call_request(references=(reference_file(),), second_form=True)
    assert not helps(again, WireForm.INLINE, NOT_AS_DATA)
    assert not helps(again, WireForm.PREFER_URL, NOT_AS_URL)


@pytest.mark.parametrize(
    "message",
    [
        "Timeout while downloading https://a.example",
        "The image could not be downloaded.",
        "Failed to download image",
        "Error while downloading file",
        "Unable to fetch the image",
    ],
)
def test_every_wording_of_a_failed_download_is_known(
    call_request: Make, reference_file: Callable[..., ReferenceFile], message: str
) -> None:
    failure = Failure(error_class=ErrorClass.BAD_REFERENCE, message=message)
    assert helps(call_request(references=(reference_file(),)), WireForm.PREFER_URL, failure)


def test_the_other_form_must_be_possible_for_every_picture(
    call_request: Make, reference_file: Callable[..., ReferenceFile]
) -> None:
    for stuck in (
        reference_file(url=None),
        reference_file(converted=True),
        reference_file(url_expires_at=SOON),
    ):
        wanted = call_request(references=(reference_file(), stuck))
        assert not helps(wanted, WireForm.INLINE, NOT_AS_DATA)
    bare = ReferenceFile(path=None, mime=None, url=URL)
    assert not helps(call_request(references=(bare,)), WireForm.PREFER_URL, NOT_AS_URL)
    assert not helps(call_request(), WireForm.INLINE, NOT_AS_DATA)
    inline_already = call_request(references=(reference_file(converted=True),))
    assert not helps(inline_already, WireForm.PREFER_URL, NOT_AS_URL)
