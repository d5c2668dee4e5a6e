"""`generate` with OpenAI, Ark, BytePlus and a server at home, shown and for real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.sandbox.image_apis import ImageApis, configuration_fragment
from tests.cli.console import Easel, picture, run_easel

DRY = ("--dry-run", "--json")
V45, V40 = "doubao-seedream-4-5-251128", "doubao-seedream-4-0-250828"
HOME = """
[models.custom."home-diffusion"]
can = ["generate", "edit", "mask"]
sizes = ["512x512", "768x512"]
per_call = 4
providers = ["home"]
"""

Run = Callable[..., Any]


@pytest.fixture
def configured(easel: object, apis: ImageApis, tmp_path: Path) -> Callable[[str], None]:
    """Configure one provider of the local image APIs, and a model at home."""

    def configure(provider: str) -> None:
        tables = configuration_fragment(apis.url).split("\n\n")
        (table,) = [one for one in tables if one.startswith(f"[providers.{provider}]")]
        home = (
            ""
            if provider == "home"
            else '[providers.home]\nkind = "openai"\nbase_url = "http://h"\n'
        )
        (tmp_path / "config.toml").write_text(f"{table}\n{home}{HOME}")

    return configure


async def generate(*options: str) -> tuple[int, Any]:
    ended = await asyncio.to_thread(run_easel, "generate", "a fox", *options, "--json")
    return ended.code, ended.json


def sizes(done: Any) -> list[tuple[int, int]]:
    """Return the sizes of the files, which are as large as is said."""
    found: list[tuple[int, int]] = []
    for image in done["images"]:
        with Image.open(image["path"]) as opened:
            assert opened.size == (image["width"], image["height"])
            found.append(opened.size)
    return found


def half_mask(folder: Path) -> str:
    image = Image.new("RGBA", (64, 64), "red")
    image.paste((0, 0, 0, 0), (0, 0, 32, 64))
    path = folder / "mask.png"
    image.save(path)
    return str(path)


@pytest.mark.parametrize(
    ("provider", "options", "expected"),
    [
        ("openai", ("--model", "gpt-image-2", "--size", "1024x1024", "--count", "2"), 2),
        ("openai", ("--model", "gpt-image-2.5-flare", "--quality", "xhigh"), 1),
        ("openai", ("--model", "gpt-image-1-mini", "--aspect", "3:2"), 1),
        ("ark", ("--model", V45, "--count", "3", "--related"), 3),
        ("ark", ("--model", V45, "--count", "3", "--related", "--stream"), 3),
        ("ark", ("--model", V40, "--size", "1280x720", "--count", "2"), 2),
        ("byteplus", ("--model", V40, "--size", "1K"), 1),
        ("home", ("--model", "home-diffusion", "--count", "4"), 4),
    ],
)
async def test_words_become_pictures(
    configured: Callable[[str], None], provider: str, options: tuple[str, ...], expected: int
) -> None:
    configured(provider)
    code, done = await generate(*options)
    assert (code, done.get("failed")) == (0, []), done
    assert len(sizes(done)) == expected


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("openai", ("--model", "gpt-image-2", "--size", "1024x1024")),
        ("ark", ("--model", V40, "--size", "1024x1024")),
        ("byteplus", ("--model", V40, "--size", "1024x1024")),
        ("home", ("--model", "home-diffusion", "--size", "512x512")),
    ],
)
async def test_a_local_file_is_edited(
    configured: Callable[[str], None],
    apis: ImageApis,
    tmp_path: Path,
    provider: str,
    options: tuple[str, ...],
) -> None:
    configured(provider)
    reference = picture(tmp_path, 64, 64)
    code, done = await generate(*options, "--operation", "edit", "--reference", reference)
    assert (code, done.get("failed")) == (0, []), done
    assert apis.requests[-1].references == 1


@pytest.mark.parametrize("edits", ["multipart", "json"])
async def test_a_mask_goes_along_in_both_forms_of_an_edit(
    configured: Callable[[str], None],
    apis: ImageApis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    edits: str,
) -> None:
    configured("openai")
    monkeypatch.setenv("EASEL_PROVIDERS__OPENAI__EDITS", edits)
    options = ("--reference", picture(tmp_path, 64, 64), "--mask", half_mask(tmp_path))
    code, _ = await generate("--model", "gpt-image-2", "--size", "1024x1024", *options)
    assert code == 0
    body = apis.requests[-1].body
    assert body is not None
    assert isinstance(body["mask"], str if edits == "multipart" else dict)


@pytest.mark.parametrize("answers", ["b64_json", "url"])
async def test_a_server_at_home_may_answer_either_way(
    configured: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, answers: str
) -> None:
    configured("home")
    monkeypatch.setenv("EASEL_PROVIDERS__HOME__RESPONSE_FORMAT", answers)
    code, done = await generate("--model", "home-diffusion")
    assert code == 0
    assert sizes(done) == [(512, 512)]


async def test_a_stream_in_which_a_picture_fails_brings_the_others(
    configured: Callable[[str], None], apis: ImageApis
) -> None:
    """The SDKs of both clouds stop at the failure and lose what comes after it."""
    configured("ark")
    apis.fail_next("partial")
    options = ("--model", V45, "--count", "4", "--related", "--stream")
    _, done = await generate(*options)
    assert len(done["images"]) == 3
    (failed,) = done["failed"]
    assert "result" in str(failed) or "picture" in str(failed)


@pytest.mark.parametrize(
    ("provider", "fault", "part"),
    [
        ("openai", "moderation", "prompt_refused"),
        ("openai", "credit", "credit"),
        ("ark", "moderation", "prompt_refused"),
        ("ark", "overdue", "credit"),
        ("home", "moderation", "prompt_refused"),
    ],
)
async def test_a_refusal_has_its_class(
    configured: Callable[[str], None], apis: ImageApis, provider: str, fault: str, part: str
) -> None:
    configured(provider)
    apis.fail_next(fault, times=None)
    model = {"openai": "gpt-image-2", "ark": V45, "home": "home-diffusion"}[provider]
    code, done = await generate("--model", model)
    assert code == 1
    assert part in str(done)


# --- dry runs -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_shows_a_form_readably(easel: Easel, tmp_path: Path) -> None:
    reference = picture(tmp_path, 64, 64)
    options = ("--model", "gpt-image-2.5-flare", "--reference", reference, "--size", "1024x1024")
    mask = ("--mask", half_mask(tmp_path))
    (request,) = easel("generate", "a fox", *options, *mask, *DRY).json["requests"]
    assert request["url"] == "https://api.openai.com/v1/images/edits"
    assert request["headers"]["Content-Type"] == "multipart/form-data"
    assert request["body"] == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a fox",
        "n": "1",
        "size": "1024x1024",
    }
    first, second = request["files"]
    assert (first["name"], first["filename"], first["type"]) == (
        "image",
        "picture-1.png",
        "image/png",
    )
    assert (second["name"], second["type"]) == ("mask", "image/png")
    assert first["bytes"] > 0


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    ("provider", "model", "url", "sent"),
    [
        ("OPENAI", "gpt-image-2", "https://api.openai.com/v1/images/generations", "gpt-image-2"),
        ("ARK", V45, "https://ark.cn-beijing.volces.com/api/v3/images/generations", V45),
        (
            "BYTEPLUS",
            V45,
            "https://ark.ap-southeast.bytepluses.com/api/v3/images/generations",
            "seedream-4-5-251128",
        ),
    ],
)
def test_a_dry_run_of_each_service_shows_its_own_address_and_name(
    easel: Easel,
    monkeypatch: pytest.MonkeyPatch,
    provider: str,
    model: str,
    url: str,
    sent: str,
) -> None:
    monkeypatch.setenv(f"EASEL_PROVIDERS__{provider}__API_KEY", "k")
    (request,) = easel("generate", "a fox", "--model", model, *DRY).json["requests"]
    assert (request["url"], request["body"]["model"]) == (url, sent)


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_without_a_key_needed_shows_none(easel: Easel, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[providers.home]\nkind = "openai"\nbase_url = "http://127.0.0.1:8080"\nauth = "none"\n'
        + HOME
    )
    (request,) = easel("generate", "a fox", "--model", "home-diffusion", *DRY).json["requests"]
    assert request["url"] == "http://127.0.0.1:8080/v1/images/generations"
    assert "Authorization" not in request["headers"]
