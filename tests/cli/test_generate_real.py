"""`generate` against the local image APIs: pictures on the disk, or one plain reason."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.cli.generate.saving import slug
from bot.sandbox.image_apis import ImageApis
from tests.cli.console import Ended, picture, run_easel

MODEL = "doubao-seedream-4-5-251128"
PROMPT = "A fox, in birch forest!"


def files(folder: str) -> dict[str, int]:
    """Return what lies in a folder, with the bytes of each file."""
    return {path.name: path.stat().st_size for path in Path(folder).iterdir()}


class Generate:
    """Runs `generate` beside the image APIs, whose loop is the test's."""

    def __init__(self, apis: ImageApis) -> None:
        self.apis = apis

    async def __call__(self, *options: str, prompt: str = PROMPT) -> Ended:
        return await asyncio.to_thread(run_easel, "generate", prompt, *options)

    async def json(self, *options: str, prompt: str = PROMPT) -> tuple[int, Any]:
        ended = await self(*options, "--json", prompt=prompt)
        return ended.code, ended.json


@pytest.fixture
def generate(
    easel: object, apis: ImageApis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generate:
    """Have the local image APIs configured."""
    for name in ("ROUTESCOPE", "SEEDEDIT", "SEEDREAM"):
        monkeypatch.setenv(f"EASEL_PROVIDERS__{name}__BASE_URL", f"{apis.url}/{name.lower()}")
        monkeypatch.setenv(f"EASEL_PROVIDERS__{name}__API_KEY", "local")
    return Generate(apis)


async def test_pictures_are_written_and_described(generate: Generate) -> None:
    code, done = await generate.json(
        "--model", MODEL, "--size", "2560x1440", "--output", "made/here"
    )
    assert code == 0
    assert (done["failed"], done["notes"]) == ([], [])
    (image,) = done["images"]
    path = Path(image["path"])
    assert path.parent == Path("made/here")
    assert path.stem == "a-fox-in-birch-forest-1"
    assert files("made/here") == {path.name: image["bytes"]}
    with Image.open(path) as opened:
        assert opened.size == (image["width"], image["height"]) == (2560, 1440)
        assert Image.MIME[opened.format or ""] == image["mime"]


async def test_people_get_the_paths_on_stdout(generate: Generate) -> None:
    ended = await generate("--model", "seedream-4.5", "--count", "2")
    assert ended.code == 0
    assert sorted(ended.out.splitlines()) == sorted(files("."))
    assert len(files(".")) == 2
    assert ended.err == ""


async def test_no_file_is_ever_overwritten(generate: Generate, tmp_path: Path) -> None:
    first = tmp_path / "a-fox-in-birch-forest-1.jpg"
    first.write_text("mine")
    (tmp_path / "a-fox-in-birch-forest-3.png").write_text("mine")
    _, done = await generate.json("--model", MODEL, "--count", "2")
    stems = [Path(image["path"]).stem for image in done["images"]]
    assert stems == ["a-fox-in-birch-forest-4", "a-fox-in-birch-forest-5"]
    assert first.read_text() == "mine"


async def test_separate_pictures_are_as_many_calls_within_the_providers_slots(
    generate: Generate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__CONCURRENCY", "2")
    apis = generate.apis
    apis.gate.clear()
    running = asyncio.create_task(generate.json("--model", MODEL, "--count", "5"))
    await apis.until(lambda: apis.waiting == 2)
    assert len(apis.requests) == 2
    apis.gate.set()
    code, done = await running
    assert (code, len(done["images"]), len(apis.requests)) == (0, 5, 5)


async def test_a_stream_of_pictures_is_taken_like_an_answer(generate: Generate) -> None:
    code, done = await generate.json("--model", MODEL, "--count", "3", "--related", "--stream")
    assert (code, len(done["images"])) == (0, 3)
    body = generate.apis.requests[0].body
    assert body is not None
    assert body["stream"] is True


async def test_a_local_file_goes_along(generate: Generate, tmp_path: Path) -> None:
    reference = picture(tmp_path, 160, 90)
    code, done = await generate.json("--model", MODEL, "--reference", reference)
    assert code == 0
    assert (done["images"][0]["width"], done["images"][0]["height"]) == (2848, 1600)
    assert generate.apis.requests[0].references == 1


async def test_a_mask_goes_along(generate: Generate, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    image = Image.new("RGBA", (64, 64), "red")
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    image.save(mask)
    options = ("--reference", picture(tmp_path, 64, 64), "--mask", str(mask))
    code, _ = await generate.json("--model", "gpt-image-2", "--size", "1024x1024", *options)
    assert code == 0
    body = generate.apis.requests[0].body
    assert body is not None
    assert str(body["mask"]).startswith("data:image/png;base64,")


async def test_an_address_on_this_machine_is_not_fetched(generate: Generate) -> None:
    address = f"{generate.apis.url}/assets/1.png"
    code, refused = await generate.json("--model", MODEL, "--reference", address)
    assert code == 2
    assert [item["field"] for item in refused["violations"]] == ["reference"]
    assert generate.apis.requests == []


async def test_pictures_that_failed_stand_beside_those_that_came(generate: Generate) -> None:
    generate.apis.fail_next("moderation", times=1)
    code, done = await generate.json("--model", MODEL, "--count", "3")
    assert code == 0
    assert len(done["images"]) == 2
    (failed,) = done["failed"]
    assert set(failed) == {"code", "message"}
    assert "safety filter" in failed["message"]
    assert done["notes"] == ["2 of 3 pictures came."]


async def test_a_withheld_picture_of_a_set_is_named(generate: Generate) -> None:
    generate.apis.fail_next("partial")
    code, done = await generate.json("--model", MODEL, "--count", "3", "--related")
    assert code == 0
    assert [item["code"] for item in done["failed"]] == ["OutputImageSensitiveContentDetected"]
    assert "blocked" in done["failed"][0]["message"]
    assert len(done["images"]) == 2


async def test_a_smaller_set_than_asked_is_a_success_with_a_note(generate: Generate) -> None:
    generate.apis.fail_next("fewer")
    code, done = await generate.json("--model", MODEL, "--count", "3", "--related")
    assert (code, done["failed"]) == (0, [])
    assert done["notes"] == [f"{len(done['images'])} of 3 pictures came."]


@pytest.mark.parametrize("fault", ["moderation", "413", "500-other", "html", "asset-404"])
async def test_no_request_id_of_the_service_is_shown(generate: Generate, fault: str) -> None:
    generate.apis.fail_next(fault)
    ended = await generate("--model", MODEL)
    assert ended.code == 1
    assert "request id" not in ended.err.lower()


async def test_a_failure_of_the_service_is_an_error_with_its_class(generate: Generate) -> None:
    generate.apis.fail_next("credit")
    code, failed = await generate.json("--model", MODEL)
    assert code == 1
    assert failed["error"]["class"] == "credit"
    assert "has no credit left" in failed["error"]["message"]
    assert files(".") == {}


async def test_people_read_a_failure_on_stderr(generate: Generate) -> None:
    generate.apis.fail_next("moderation")
    ended = await generate("--model", MODEL)
    assert (ended.code, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1


async def test_a_wrong_key_is_an_auth_error_that_does_not_show_it(
    generate: Generate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__API_KEY", "wrong")
    code, failed = await generate.json("--model", MODEL)
    assert (code, failed["error"]["class"]) == (1, "auth")


async def test_what_cost_nothing_is_tried_again(generate: Generate) -> None:
    generate.apis.fail_next("429-ms")
    code, _ = await generate.json("--model", MODEL)
    assert (code, len(generate.apis.requests)) == (0, 2)


async def test_what_may_have_been_paid_is_not_tried_again(generate: Generate) -> None:
    generate.apis.fail_next("504")
    code, failed = await generate.json("--model", MODEL)
    assert (code, failed["error"]["class"]) == (1, "unknown_outcome")
    assert len(generate.apis.requests) == 1


async def test_nothing_is_sent_when_the_folder_cannot_be_written(
    generate: Generate, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    code, refused = await generate.json("--model", MODEL, "--output", "file")
    assert (code, refused["error"]["class"]) == (2, "usage")
    assert "--output" in refused["error"]["message"]
    assert generate.apis.requests == []


async def test_a_picture_that_finds_no_room_does_not_take_the_others_along(
    generate: Generate, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Path] = []

    def full_after_one(source: Any, target: Any) -> None:
        if saved:
            raise OSError(28, "No space left on device")
        saved.append(Path(target.name))
        target.write(source.read())

    monkeypatch.setattr("bot.cli.generate.saving.shutil.copyfileobj", full_after_one)
    code, done = await generate.json("--model", MODEL, "--count", "2")
    assert code == 0
    assert [image["path"] for image in done["images"]] == [str(saved[0])]
    assert done["failed"][0]["code"] == "not_saved"
    assert list(files(".")) == [saved[0].name]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A fox, in birch forest!", "a-fox-in-birch-forest"),
        ("狐狸在白桦林里", "狐狸在白桦林里"),
        ("../../etc/passwd", "etc-passwd"),
        ("🦊", "picture"),
        ("word " * 30, "word-word-word-word-word-word-word-word"),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_file_is_named_by_the_beginning_of_the_prompt(prompt: str, name: str) -> None:
    assert slug(prompt) == name
