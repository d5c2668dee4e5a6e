"""Every row of docs/spec/image-apis.md section 14.

Both sides of its limits, through `generate`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import Easel, data_url, picture, urls

SEEDREAM_3 = "doubao-seedream-3-0-t2i-250415"
SEEDREAM_4 = "doubao-seedream-4-0-250828"
SEEDREAM_4_5 = "doubao-seedream-4-5-251128"
SEEDREAM_5 = "doubao-seedream-5-0-260128"
SEEDREAM_5_LITE = "doubao-seedream-5-0-lite-260128"
SEEDEDIT = "doubao-seededit-3-0-i2i-250628"
GPT_IMAGE = "gpt-image-2"

ACCEPTED = ""
"""No note either. A note is written `note: part of it`, a refusal as the field's name."""

Row = tuple[str, str, str]


@pytest.fixture(autouse=True)
def keys_of_the_documents(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have keys of the services whose documents these are: others take more."""
    del easel  # has removed every key
    for name in ("ROUTESCOPE", "SEEDEDIT", "SEEDREAM"):
        monkeypatch.setenv(f"EASEL_PROVIDERS__{name}__API_KEY", "k")


GENERATION: list[Row] = [
    (SEEDREAM_4, "--size 1K", ACCEPTED),
    (SEEDREAM_4_5, "--size 1K", "note: 1K"),
    (SEEDREAM_5, "--size 1K", "note: 1K"),
    (SEEDREAM_5_LITE, "--size 1K", "note: 1K"),
    (SEEDREAM_5, "--size 3K", ACCEPTED),
    (SEEDREAM_5_LITE, "--size 3K", ACCEPTED),
    (SEEDREAM_4, "--size 3K", "size"),
    (SEEDREAM_4_5, "--size 3K", "size"),
    (SEEDREAM_4, "--size 1280x720", ACCEPTED),
    (SEEDREAM_4, "--size 1279x720", "size"),
    (SEEDREAM_4, "--size 800x800", "size"),
    (SEEDREAM_4, "--size 1600x600", ACCEPTED),
    (SEEDREAM_4_5, "--size 2560x1440", ACCEPTED),
    (SEEDREAM_4_5, "--size 2559x1440", "size"),
    (SEEDREAM_5, "--size 1500x1500", "size"),
    (SEEDREAM_5, "--size 3750x1250", ACCEPTED),
    (SEEDREAM_4_5, "--size 4096x4096", ACCEPTED),
    (SEEDREAM_4_5, "--size 4096x4097", "size"),
    (SEEDREAM_4, "--size 16000x1000", ACCEPTED),
    (SEEDREAM_4, "--size 16001x1000", "size"),
    (SEEDREAM_4, "--size 1000x16000", ACCEPTED),
    (SEEDREAM_4, "--size 1000x16001", "size"),
    (SEEDREAM_3, "--operation generate @1", "reference"),
    (SEEDREAM_3, "@1", "reference"),
    (SEEDREAM_3, "--size 2K", "size"),
    (SEEDREAM_3, "--size 512x512", ACCEPTED),
    (SEEDREAM_3, "--size 512x511", "size"),
    (SEEDREAM_3, "--size 2048x2048", ACCEPTED),
    (SEEDREAM_3, "--size 2049x2048", "size"),
    (SEEDREAM_3, "--size 1536x512", ACCEPTED),
    (SEEDREAM_3, "--size 1537x512", "size"),
    (SEEDREAM_3, "--count 10", ACCEPTED),
    (SEEDREAM_3, "--count 11", "count"),
    (SEEDREAM_3, "--guidance 1 --seed -1", ACCEPTED),
    (SEEDREAM_3, "--guidance 10 --seed 2147483647", ACCEPTED),
    (SEEDREAM_3, "--guidance 10.1", "guidance"),
    (SEEDREAM_3, "--stream", ACCEPTED),
    (SEEDREAM_3, "--count 2 --related", "related"),
    (SEEDREAM_4, "--guidance 5", "guidance"),
    (SEEDREAM_4, "--seed 5", "seed"),
    (SEEDREAM_4, "--format png", "format"),
    (SEEDREAM_5, "--format png", ACCEPTED),
    (SEEDREAM_5, "--format webp", "format"),
    (SEEDREAM_4_5, "--operation generate @14 --count 1", ACCEPTED),
    (SEEDREAM_4_5, "--operation generate @15", "reference"),
    (SEEDREAM_4_5, "--operation generate @14 --count 2 --related", "count"),
    (SEEDREAM_4_5, "--operation generate @11 --count 4 --related", ACCEPTED),
    (SEEDREAM_4_5, "--operation generate @12 --count 4 --related", "count"),
    (SEEDREAM_4_5, "--operation generate @12 --count 4 --separate", ACCEPTED),
    (SEEDREAM_4_5, "--count 6 --related", ACCEPTED),
    (SEEDREAM_4_5, "--count 7 --related", "note: 6"),
    (SEEDREAM_4_5, "--count 15 --related", "note: 6"),
    (SEEDREAM_4_5, "--count 16 --related", "count"),
    (SEEDREAM_4_5, "--count 0", "count"),
    (SEEDREAM_5, "--stream", ACCEPTED),
    (SEEDREAM_5_LITE, "--stream", "stream"),
    (SEEDREAM_4_5, "--quality high", "quality"),
    (SEEDREAM_4_5, "--background opaque", "background"),
    (SEEDREAM_4_5, "--compression 50", "compression"),
    (SEEDREAM_4_5, "--moderation low", "moderation"),
    (SEEDREAM_4_5, "@1 --mask https://img.example.org/mask.png", "mask"),
]

EDITS: list[Row] = [
    (SEEDREAM_4, "@1 --size 1280x720", "size"),
    (SEEDREAM_4, "@1 --size 1920x1920", ACCEPTED),
    (SEEDREAM_4, "@1 --size 1919x1920", "size"),
    (SEEDREAM_4, "@1 --size 2K", "size"),
    (SEEDREAM_5, "--operation edit", "reference"),
    (SEEDREAM_5, "#14x20", "reference"),
    (SEEDREAM_5, "#15x20", ACCEPTED),
    (SEEDREAM_5, "#320x20", ACCEPTED),
    (SEEDREAM_5, "#321x20", "reference"),
    (SEEDREAM_5, "%16x16", ACCEPTED),
    (SEEDREAM_5, "@14", ACCEPTED),
    (SEEDREAM_5, "@15", "reference"),
    (SEEDREAM_5, "@1 --stream", ACCEPTED),
    (SEEDREAM_5_LITE, "@1 --stream", "stream"),
    (SEEDREAM_5, "@1 --count 2 --related", "related"),
]

OPENAI: list[Row] = [
    (GPT_IMAGE, "", "reference"),
    (GPT_IMAGE, "@1 --size 1792x936", "size"),
    (GPT_IMAGE, "@1 --size 1792x944", ACCEPTED),
    (GPT_IMAGE, "@1 --size 2560x1440", ACCEPTED),
    (GPT_IMAGE, "@1 --size 2576x1440", "note: experimental"),
    (GPT_IMAGE, "@1 --size 3840x2160", "note: experimental"),
    (GPT_IMAGE, "@1 --size 3840x2176", "size"),
    (GPT_IMAGE, "@1 --size 3856x2144", "size"),
    (GPT_IMAGE, "@1 --size 640x1024", ACCEPTED),
    (GPT_IMAGE, "@1 --size 624x1024", "size"),
    (GPT_IMAGE, "@1 --size 512x1024", "size"),
    (GPT_IMAGE, "@1 --size 3072x1024", ACCEPTED),
    (GPT_IMAGE, "@1 --size 3072x1008", "size"),
    (GPT_IMAGE, "@1 --background transparent --format jpeg", "background"),
    (GPT_IMAGE, "@1 --background transparent --format webp", ACCEPTED),
    (GPT_IMAGE, "@1 --background transparent", ACCEPTED),
    (GPT_IMAGE, "@1 --compression 100 --format jpeg", ACCEPTED),
    (GPT_IMAGE, "@1 --compression 101 --format jpeg", "compression"),
    (GPT_IMAGE, "@1 --compression 50", "compression"),
    (GPT_IMAGE, "@1 --watermark", "note: watermark"),
    (GPT_IMAGE, "@1 --stream", "stream"),
    (GPT_IMAGE, "@16", ACCEPTED),
    (GPT_IMAGE, "@17", "reference"),
    (GPT_IMAGE, "@1 --count 10", ACCEPTED),
    (GPT_IMAGE, "@1 --count 11", "count"),
    (GPT_IMAGE, "@1 --mask https://img.example.org/mask.png", ACCEPTED),
    (GPT_IMAGE, "@1 --operation generate", "operation"),
]

SEEDEDITS: list[Row] = [
    (SEEDEDIT, "", "reference"),
    (SEEDEDIT, "@1", ACCEPTED),
    (SEEDEDIT, "@2", "reference"),
    (SEEDEDIT, "#900x300", "reference"),
    (SEEDEDIT, "#899x300", ACCEPTED),
    (SEEDEDIT, "#300x900", "reference"),
    (SEEDEDIT, "#300x899", ACCEPTED),
    (SEEDEDIT, "#14x14", "reference"),
    (SEEDEDIT, "#15x15", ACCEPTED),
    (SEEDEDIT, "@1 --guidance 0.5", "guidance"),
    (SEEDEDIT, "@1 --guidance 1", ACCEPTED),
    (SEEDEDIT, "@1 --seed 2147483647", ACCEPTED),
    (SEEDEDIT, "@1 --seed 2147483648", "seed"),
    (SEEDEDIT, "@1 --seed -1", ACCEPTED),
    (SEEDEDIT, "@1 --seed -2", "seed"),
    (SEEDEDIT, "@1 --size adaptive", ACCEPTED),
    (SEEDEDIT, "@1 --size 2048x2048", "size"),
    (SEEDEDIT, "@1 --aspect 16:9", "aspect"),
    (SEEDEDIT, "@1 --format png", "format"),
]

GATEWAY: list[Row] = [
    ("seedream-4.0", "--size 960x960", ACCEPTED),
    ("seedream-4.0", "--size 959x960", "size"),
    ("seedream-4.0", "--size 1280x720", ACCEPTED),
    ("seedream-4.5", "--size 960x960", "size"),
    ("seedream-5.0-lite", "--size 1280x720", "size"),
    ("seedream-4.0", "--size 4096x2000", ACCEPTED),
    ("seedream-4.0", "--size 4097x2000", "size"),
    ("seedream-4.5", "--count 6", ACCEPTED),
    ("seedream-4.5", "--count 7", "count"),
    ("seedream-4.5", "@9 --count 6", ACCEPTED),
    ("seedream-4.5", "@10 --count 5", ACCEPTED),
    ("seedream-4.5", "@10 --count 6", "count"),
    ("seedream-4.5", "@11", "reference"),
    ("seedream-4.5", "%16x16", "reference"),
    ("seedream-4.5", "#100x100", "reference"),
    ("seedream-4.5", "--watermark", "watermark"),
    ("seedream-4.5", "--size 2K", "size"),
    ("seedream-4.5", "--stream", "stream"),
]


def _options(text: str, folder: Path) -> list[str]:
    """Read a row: `@3` is three addresses, `#15x15` a picture of that size, `%15x15` inline."""
    options: list[str] = []
    for word in text.split():
        if word.startswith("@"):
            options += urls(int(word[1:]))
        elif word[0] in "#%":
            width, _, height = word[1:].partition("x")
            path = picture(folder, int(width), int(height))
            options += ["--reference", data_url(path) if word[0] == "%" else path]
        else:
            options.append(word)
    return options


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("model", "options", "expected"),
    [*GENERATION, *EDITS, *OPENAI, *SEEDEDITS, *GATEWAY],
    ids=lambda value: value[:60] or "accepted",
)
def test_a_vector_of_the_documents_ends_as_they_say(
    easel: Easel, tmp_path: Path, model: str, options: str, expected: str
) -> None:
    arguments = _options(options, tmp_path)
    ended = easel("generate", "a fox", "--model", model, *arguments, "--dry-run", "--json")
    note = expected.removeprefix("note: ") if expected.startswith("note: ") else None
    if expected and note is None:
        assert ended.code == 2, ended.out
        assert ended.fields == [expected]
        return
    assert ended.code == 0, ended.out
    # What a real request would fetch is told for every address, and not what a row is about.
    notes = [text for text in ended.json["notes"] if "fetched" not in text]
    assert len(notes) == (note is not None)
    assert note is None or note in notes[0]


ALL_MODELS = [
    SEEDREAM_3,
    SEEDREAM_4,
    SEEDREAM_4_5,
    SEEDREAM_5,
    SEEDREAM_5_LITE,
    SEEDEDIT,
    GPT_IMAGE,
    "seedream-4.0",
    "seedream-4.5",
    "seedream-5.0-lite",
]


@pytest.mark.parametrize("prompt", ["", "   ", "\u200b"])
@pytest.mark.parametrize("model", ALL_MODELS)
def test_an_empty_prompt_is_refused_by_every_model(easel: Easel, model: str, prompt: str) -> None:
    reference = [] if model == SEEDREAM_3 else urls(1)
    ended = easel("generate", prompt, "--model", model, *reference, "--dry-run", "--json")
    assert (ended.code, ended.fields) == (2, ["prompt"])


def test_separate_pictures_beside_many_references_are_as_many_calls(easel: Easel) -> None:
    options = ["--operation", "generate", *urls(12), "--count", "4", "--separate"]
    ended = easel("generate", "a fox", "--model", SEEDREAM_4_5, *options, "--dry-run", "--json")
    assert len(ended.bodies) == 4
    for body in ended.bodies:
        assert len(body["image"]) == 12
        assert "sequential_image_generation" not in body


def test_the_gateway_is_never_told_the_count_twice(easel: Easel) -> None:
    ended = easel(
        "generate", "a fox", "--model", "seedream-4.5", "--count", "3", "--dry-run", "--json"
    )
    (body,) = ended.bodies
    assert body["n"] == 3
    assert "num_images" not in body
