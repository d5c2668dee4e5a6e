"""Packages of the vendors against the local image APIs: what is legal succeeds, nothing else.

Each package runs in an environment of its own, as a process of its own.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.sandbox.image_apis import ImageApis
from tests.judges.environments import HERE, place_of

pytestmark = pytest.mark.long

Arguments = dict[str, Any]
Outcomes = Mapping[str, Mapping[str, Any]]


def picture(width: int = 64, height: int = 64, *, kind: str = "png", alpha: int = 255) -> bytes:
    out = BytesIO()
    mode = "RGBA" if kind == "png" else "RGB"
    colour = (200, 80, 40, alpha) if kind == "png" else (200, 80, 40)
    Image.new(mode, (width, height), colour).save(out, kind)
    return out.getvalue()


def data_url(width: int = 64, height: int = 64) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture(width, height)).decode()}"


INLINE = data_url()
PART = {"type": "image_url", "image_url": {"url": INLINE}}
FAR = "https://img.example.org/1.png"


async def calls(
    apis: ImageApis,
    package: str,
    tmp_path: Path,
    wanted: Sequence[tuple[str, Arguments]],
    *,
    key: str = "local",
) -> Outcomes:
    """Let a package make calls in order; outcomes by their number."""
    orders = [
        {"name": str(number), "method": method, "arguments": arguments}
        for number, (method, arguments) in enumerate(wanted)
    ]
    python = place_of("clients") / "bin" / "python"
    process = await asyncio.create_subprocess_exec(
        *(python, "-I", HERE / "client_calls.py", package, apis.url, key, tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(json.dumps(orders).encode())
    assert process.returncode == 0, err.decode()[-2000:]
    return json.loads(out)


def sizes(outcome: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return the sizes of the pictures that came; an error fails the test with its words."""
    assert "pictures" in outcome, outcome
    found: list[tuple[int, int]] = []
    for path in outcome["pictures"]:
        with Image.open(path) as opened:
            opened.load()
            found.append(opened.size)
    return found


async def judge_legal(
    apis: ImageApis,
    package: str,
    tmp_path: Path,
    cases: Sequence[tuple[str, Arguments, list[tuple[int, int]]]],
) -> None:
    outcomes = await calls(apis, package, tmp_path, [(method, body) for method, body, _ in cases])
    wrong = [
        f"{method} {json.dumps(body)[:200]}: {outcome}"
        for (method, body, expected), outcome in zip(cases, outcomes.values(), strict=True)
        if "error" in outcome or sizes(outcome) != expected
    ]
    assert not wrong, "\n".join(wrong)


async def judge_illegal(
    apis: ImageApis,
    package: str,
    tmp_path: Path,
    cases: Sequence[tuple[str, Arguments, int, str]],
) -> None:
    outcomes = await calls(
        apis, package, tmp_path, [(method, body) for method, body, _, _ in cases]
    )
    wrong = [
        f"{method} {json.dumps(body)[:200]}: {outcome}"
        for (method, body, status, reason), outcome in zip(cases, outcomes.values(), strict=True)
        if outcome.get("status") != status or reason not in outcome.get("message", "")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Pictures to upload."""
    made = {
        "png": picture(),
        "jpeg": picture(kind="jpeg"),
        "mask": picture(alpha=0),
        "small": picture(32, 32, alpha=0),
    }
    for name, content in made.items():
        (tmp_path / f"{name}.{'jpg' if name == 'jpeg' else 'png'}").write_bytes(content)
    return {
        name: {"$file": str(tmp_path / f"{name}.{'jpg' if name == 'jpeg' else 'png'}")}
        for name in made
    }


# --- openai ---------------------------------------------------------------------------------------

GPT = {"model": "gpt-image-2", "prompt": "a fox"}
SQUARE = (1024, 1024)


async def test_openai_draws_and_edits_what_is_legal(
    apis: ImageApis, tmp_path: Path, files: dict[str, Any]
) -> None:
    generate, edit = "images.generate", "images.edit"
    many = [files["png"]] * 16
    await judge_legal(
        apis,
        "openai",
        tmp_path,
        [
            (generate, GPT, [SQUARE]),
            (generate, GPT | {"n": 3, "size": "640x1024"}, [(640, 1024)] * 3),
            (generate, GPT | {"size": "1536x1024", "quality": "low"}, [(1536, 1024)]),
            (generate, GPT | {"background": "transparent", "output_format": "webp"}, [SQUARE]),
            (generate, GPT | {"output_format": "jpeg", "output_compression": 50}, [SQUARE]),
            (generate, GPT | {"moderation": "low", "user": "u_1"}, [SQUARE]),
            (generate, GPT | {"extra_body": {"safety_identifier": "u_1"}}, [SQUARE]),
            (generate, GPT | {"model": "gpt-image-2.5-sunburst", "quality": "max"}, [SQUARE]),
            (generate, GPT | {"model": "gpt-image-1-mini", "size": "1024x1536"}, [(1024, 1536)]),
            (edit, GPT | {"image": files["png"]}, [SQUARE]),
            (edit, GPT | {"image": [files["png"], files["jpeg"]], "n": 2}, [SQUARE] * 2),
            (edit, GPT | {"image": many, "size": "1024x1536"}, [(1024, 1536)]),
            (edit, GPT | {"image": files["png"], "mask": files["mask"]}, [SQUARE]),
            (edit, GPT | {"image": files["png"], "quality": "high", "user": "u_1"}, [SQUARE]),
        ],
    )
    listed = await calls(apis, "openai", tmp_path, [("models.list", {})])
    assert "gpt-image-2" in listed["0"]["listed"]


async def test_openai_is_refused_what_is_not(
    apis: ImageApis, tmp_path: Path, files: dict[str, Any]
) -> None:
    generate, edit = "images.generate", "images.edit"
    await judge_illegal(
        apis,
        "openai",
        tmp_path,
        [
            (generate, GPT | {"model": "dall-e-3"}, 404, "model_not_found"),
            (generate, GPT | {"response_format": "b64_json"}, 400, "response_format"),
            (generate, GPT | {"size": "1000x1000"}, 400, "size"),
            (generate, GPT | {"size": "2K"}, 400, "size"),
            (generate, GPT | {"n": 11}, 400, "`n`"),
            (generate, GPT | {"quality": "max"}, 400, "quality"),
            (
                generate,
                GPT | {"output_format": "png", "output_compression": 50},
                400,
                "compression",
            ),
            (generate, GPT | {"background": "transparent", "output_format": "jpeg"}, 400, "transp"),
            (generate, GPT | {"extra_body": {"watermark": True}}, 400, "watermark"),
            (generate, GPT | {"model": "gpt-image-1.5", "size": "1536x864"}, 400, "size"),
            (edit, GPT | {"image": [files["png"]] * 17}, 400, "cannot exceed 16"),
            (edit, GPT | {"image": files["png"], "mask": files["small"]}, 400, "mask"),
            (edit, GPT | {"image": files["png"], "mask": files["jpeg"]}, 400, "mask"),
        ],
    )


# --- ark ------------------------------------------------------------------------------------------

ARK = [("volcengine", "doubao-"), ("byteplus", "")]
SET = {"$options": "SequentialImageGenerationOptions", "max_images": 3}
TWO_K = (2048, 2048)


@pytest.mark.parametrize(("package", "prefix"), ARK)
async def test_both_clouds_draw_what_is_legal(
    apis: ImageApis, tmp_path: Path, package: str, prefix: str
) -> None:
    method = "images.generate"
    base = {"model": f"{prefix}seedream-4-5-251128", "prompt": "a fox"}
    four = base | {"model": f"{prefix}seedream-4-0-250828"}
    five = base | {"model": f"{prefix}seedream-5-0-260128"}
    pro = base | {"model": f"{prefix}seedream-5-0-pro-260628"}
    auto = {"sequential_image_generation": "auto", "sequential_image_generation_options": SET}
    fast = {"$options": "OptimizePromptOptions", "mode": "fast"}
    search = [{"$options": "ContentGenerationTool", "type": "web_search"}]
    await judge_legal(
        apis,
        package,
        tmp_path,
        [
            (method, base, [TWO_K]),
            (method, base | {"size": "4k"}, [(4096, 4096)]),
            (method, base | {"size": "2560x1440", "watermark": False}, [(2560, 1440)]),
            (method, base | {"response_format": "b64_json"}, [TWO_K]),
            (method, base | {"image": INLINE}, [TWO_K]),
            (method, base | {"image": [INLINE, FAR]}, [TWO_K]),
            (method, base | {"image": [INLINE] * 14}, [TWO_K]),
            (method, base | auto, [TWO_K] * 3),
            (method, base | auto | {"stream": True}, [TWO_K] * 3),
            (method, base | {"sequential_image_generation": "disabled"}, [TWO_K]),
            (method, four | {"size": "1K", "optimize_prompt_options": fast}, [SQUARE]),
            (method, four | {"size": "1280x720", "image": INLINE}, [(1280, 720)]),
            (method, five | {"size": "3K", "output_format": "png"}, [(3072, 3072)]),
            (method, five | {"tools": search}, [TWO_K]),
            (method, pro | {"size": "1K", "image": [INLINE] * 10}, [SQUARE]),
        ],
    )


@pytest.mark.parametrize(("package", "prefix"), ARK)
async def test_both_clouds_are_refused_what_is_not(
    apis: ImageApis, tmp_path: Path, package: str, prefix: str
) -> None:
    method = "images.generate"
    base = {"model": f"{prefix}seedream-4-5-251128", "prompt": "a fox"}
    four = base | {"model": f"{prefix}seedream-4-0-250828"}
    pro = base | {"model": f"{prefix}seedream-5-0-pro-260628"}
    other = "seedream-4-5-251128" if prefix else "doubao-seedream-4-5-251128"
    many = {"$options": "SequentialImageGenerationOptions", "max_images": 16}
    auto = {"sequential_image_generation": "auto"}
    await judge_illegal(
        apis,
        package,
        tmp_path,
        [
            (method, base | {"model": other}, 404, "does not exist"),
            (method, base | {"size": "1K"}, 400, "size"),
            (method, base | {"size": "1920x1080"}, 400, "3686400"),
            (method, four | {"size": "800x800"}, 400, "921600"),
            (method, base | {"image": [INLINE] * 15}, 400, "cannot exceed 14"),
            (method, base | {"image": data_url(14, 14)}, 400, "14 px"),
            (
                method,
                base | auto | {"sequential_image_generation_options": many},
                400,
                "max_images",
            ),
            (method, base | {"output_format": "png"}, 400, "output_format"),
            (method, base | {"seed": 7}, 400, "seed"),
            (method, base | {"extra_body": {"n": 2}}, 400, "`n`"),
            (method, base | {"extra_body": {"user": "u_1"}}, 400, "user"),
            (method, pro | {"sequential_image_generation": "disabled"}, 400, "sequential"),
            (method, pro | {"stream": True}, 400, "stream"),
            (method, pro | {"image": [INLINE] * 11}, 400, "cannot exceed 10"),
        ],
    )


# --- openrouter -----------------------------------------------------------------------------------

SEEDREAM = {"model": "bytedance-seed/seedream-4.5", "prompt": "a fox", "retries": None}
ROUTED = {"model": "openai/gpt-image-2", "prompt": "a fox", "retries": None}
FLUX = {"model": "black-forest-labs/flux.2-klein-4b", "prompt": "a fox", "retries": None}


async def test_openrouter_draws_what_is_legal(apis: ImageApis, tmp_path: Path) -> None:
    method = "images.generate"
    await judge_legal(
        apis,
        "openrouter",
        tmp_path,
        [
            (method, SEEDREAM, [SQUARE]),
            (method, SEEDREAM | {"size": "2K", "aspect_ratio": "16:9"}, [(2736, 1536)]),
            (method, SEEDREAM | {"size": "2560x1440"}, [(2560, 1440)]),
            (method, SEEDREAM | {"resolution": "1K", "n": 3, "seed": 7}, [SQUARE] * 3),
            (method, SEEDREAM | {"input_references": [PART] * 14, "user": "u_1"}, [SQUARE]),
            (method, ROUTED | {"quality": "low", "background": "opaque", "n": 2}, [SQUARE] * 2),
            (method, ROUTED | {"stream": True}, [SQUARE]),
            (method, FLUX | {"output_format": "jpeg", "aspect_ratio": "1:1"}, [SQUARE]),
            (method, FLUX | {"stream": True}, [SQUARE]),
        ],
    )
    asked = [
        ("images.list_models", {}),
        ("images.list_model_endpoints", {"author": "bytedance-seed", "slug": "seedream-4.5"}),
        ("api_keys.get_current_key_metadata", {}),
    ]
    models, endpoints, key = (await calls(apis, "openrouter", tmp_path, asked)).values()
    assert SEEDREAM["model"] in models["listed"]
    assert endpoints["listed"] == ["bytedance-seed"]
    assert "error" not in key, key


async def test_openrouter_is_refused_what_is_not(apis: ImageApis, tmp_path: Path) -> None:
    method = "images.generate"
    await judge_illegal(
        apis,
        "openrouter",
        tmp_path,
        [
            (method, SEEDREAM | {"model": "nobody/knows"}, 404, "nobody/knows"),
            (method, SEEDREAM | {"n": 4}, 400, "`n`"),
            (method, SEEDREAM | {"size": "3K"}, 400, "size"),
            (method, SEEDREAM | {"size": "2K", "resolution": "4K"}, 400, "contradicts"),
            (method, SEEDREAM | {"quality": "low"}, 400, "quality"),
            (method, SEEDREAM | {"input_references": [PART] * 15}, 400, "input_references"),
            (method, ROUTED | {"size": "1024x1024"}, 400, "size"),
            (method, ROUTED | {"background": "transparent"}, 400, "background"),
            (method, FLUX | {"output_format": "webp"}, 400, "output_format"),
            (method, FLUX | {"n": 2}, 400, "`n`"),
        ],
    )


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("package", "body"),
    [
        ("openai", GPT),
        ("volcengine", {"model": "doubao-seedream-4-5-251128", "prompt": "a fox"}),
        ("byteplus", {"model": "seedream-4-5-251128", "prompt": "a fox"}),
        ("openrouter", SEEDREAM),
    ],
)
async def test_each_package_tells_the_failures_apart(
    apis: ImageApis, tmp_path: Path, package: str, body: Arguments
) -> None:
    method = "images.generate"
    (refused,) = (await calls(apis, package, tmp_path, [(method, body)], key="wrong")).values()
    assert refused["status"] == 401
    found: dict[str, int] = {}
    for fault in ("moderation", "credit", "429", "524", "503"):
        apis.fail_next(fault)
        (outcome,) = (await calls(apis, package, tmp_path, [(method, body)])).values()
        found[fault] = outcome["status"]
    moderation, credit = (403, 402) if package == "openrouter" else (400, 429)
    assert found == {
        "moderation": moderation,
        "credit": credit,
        "429": 429,
        "524": 524,
        "503": 503,
    }
