"""`generate --dry-run`: what would be sent, without a key and without a connection."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.console import Easel, data_url, picture, urls

MODEL = "doubao-seedream-4-5-251128"
DRY = ("--dry-run", "--json")


def _decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text.partition(",")[2])))


@pytest.mark.usefixtures("no_network")
def test_a_dry_run_shows_the_whole_request(easel: Easel) -> None:
    ended = easel("generate", "a fox", "--model", MODEL, "--size", "2560x1440", *DRY)
    assert ended.code == 0
    assert ended.json == {
        "requests": [
            {
                "method": "POST",
                "url": "https://api.routescope.ai/v1/images/generations",
                "headers": {
                    "Authorization": "Bearer ***",
                    "Content-Type": "application/json",
                    "Accept": "application/json",
                },
                "body": {
                    "model": MODEL,
                    "prompt": "a fox",
                    "size": "2560x1440",
                    "watermark": True,
                    "response_format": "url",
                },
            }
        ],
        "notes": [],
    }
    assert ended.err == ""


def test_people_see_the_same_value_indented_and_the_notes_apart(easel: Easel) -> None:
    ended = easel("generate", "ein Fuchs im Grünen", "--model", MODEL, "--size", "1K", "--dry-run")
    assert ended.out.startswith("{\n  ")
    assert "Grünen" in ended.out
    assert ended.json["notes"] == ended.err.splitlines()
    assert len(ended.json["notes"]) == 1


def test_the_key_is_never_shown(easel: Easel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__API_KEY", "very-secret")
    ended = easel("generate", "a fox", "--model", MODEL, *DRY)
    assert "very-secret" not in ended.out + ended.err


def test_the_address_of_the_configuration_is_used(easel: Easel, tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text('[providers.routescope]\nbase_url = "http://127.0.0.1:9/proxy/"\n')
    ended = easel("generate", "a fox", "--model", MODEL, *DRY, "--config", str(file))
    (request,) = ended.json["requests"]
    assert request["url"] == "http://127.0.0.1:9/proxy/v1/images/generations"


def test_without_a_model_the_default_of_the_operation_serves(easel: Easel, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[models]\ndefault_edit = "gpt-image-2"\n')
    assert easel("generate", "a fox", *DRY).bodies[0]["model"] == MODEL
    assert easel("generate", "a fox", *urls(1), *DRY).bodies[0]["model"] == "gpt-image-2"


def test_the_operator_decides_about_watermarks_nobody_spoke_of(
    easel: Easel, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('[models]\nwatermark = "off"\n')
    options = ("generate", "a fox", "--model", MODEL, *DRY)
    assert easel(*options).bodies[0]["watermark"] is False


@pytest.mark.parametrize(("flag", "sent"), [("--watermark", True), ("--no-watermark", False)])
def test_a_flag_of_two_sides_is_sent_as_it_was_said(easel: Easel, flag: str, sent: bool) -> None:
    (body,) = easel("generate", "a fox", "--model", MODEL, flag, *DRY).bodies
    assert body["watermark"] is sent


def test_every_option_of_an_edit_reaches_the_body(easel: Easel, tmp_path: Path) -> None:
    options = {
        "size": "1024x1024",
        "count": "2",
        "quality": "low",
        "background": "opaque",
        "format": "jpeg",
        "compression": "70",
        "moderation": "low",
    }
    texts = [text for name, value in options.items() for text in (f"--{name}", value)]
    (body,) = easel("generate", "a fox", "--model", "gpt-image-2", *urls(1), *texts, *DRY).bodies
    assert body["size"] == "1024x1024"
    assert (body["n"], body["quality"], body["background"]) == (2, "low", "opaque")
    assert (body["output_format"], body["output_compression"]) == ("jpeg", 70)
    assert body["moderation"] == "low"


def test_guidance_and_seed_reach_the_body_as_numbers(easel: Easel) -> None:
    options = ("--model", "doubao-seedream-3-0-t2i-250415", "--guidance", "2.5", "--seed", "-1")
    (body,) = easel("generate", "a fox", *options, *DRY).bodies
    assert (body["guidance_scale"], body["seed"]) == (2.5, -1)


def test_a_related_set_is_one_call(easel: Easel) -> None:
    (body,) = easel("generate", "a fox", "--model", MODEL, "--count", "4", "--related", *DRY).bodies
    assert body["sequential_image_generation_options"] == {"max_images": 4}


# --- pictures -------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
def test_files_are_inlined_in_their_order_and_addresses_stay_with_a_note(
    easel: Easel, tmp_path: Path
) -> None:
    first, last = picture(tmp_path, 40, 30), picture(tmp_path, 50, 30, kind="jpeg")
    references = ("--reference", first, *urls(1), "--reference", last)
    ended = easel("generate", "a fox", "--model", MODEL, *references, *DRY)
    (body,) = ended.bodies
    assert _decoded(body["image"][0]).size == (40, 30)
    assert body["image"][1] == "https://img.example.org/1.png"
    assert body["image"][2].startswith("data:image/jpeg;base64,")
    (note,) = ended.json["notes"]
    assert "2" in note


@pytest.mark.parametrize("model", ["gpt-image-2", "seedream-4.5"])
def test_no_fetching_is_announced_where_addresses_are_sent(easel: Easel, model: str) -> None:
    assert easel("generate", "a fox", "--model", model, *urls(1), *DRY).json["notes"] == []


def test_a_data_url_is_taken_like_a_file(easel: Easel, tmp_path: Path) -> None:
    reference = data_url(picture(tmp_path, 40, 30))
    (body,) = easel("generate", "a fox", "--model", MODEL, "--reference", reference, *DRY).bodies
    assert _decoded(body["image"]).size == (40, 30)


def test_the_shape_of_the_first_file_decides_the_size_of_an_edit(
    easel: Easel, tmp_path: Path
) -> None:
    reference = picture(tmp_path, 160, 90)
    (body,) = easel("generate", "a fox", "--model", MODEL, "--reference", reference, *DRY).bodies
    assert body["size"] == "2848x1600"


def test_a_file_is_converted_for_a_model_and_that_is_said(easel: Easel, tmp_path: Path) -> None:
    reference = picture(tmp_path, 40, 30, kind="webp")
    options = ("--model", "doubao-seededit-3-0-i2i-250628", "--reference", reference)
    ended = easel("generate", "a fox", *options, *DRY)
    assert ended.bodies[0]["image"].startswith(("data:image/png", "data:image/jpeg"))
    assert len(ended.json["notes"]) == 1


@pytest.mark.usefixtures("no_network")
def test_a_mask_is_made_as_large_as_the_first_reference(easel: Easel, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    image = Image.new("L", (20, 15))
    image.paste(255, (0, 0, 10, 15))
    image.save(mask)
    options = ("--reference", picture(tmp_path, 40, 30), "--mask", str(mask))
    (body,) = easel("generate", "a fox", "--model", "gpt-image-2", *options, *DRY).bodies
    assert _decoded(body["mask"]).size == (40, 30)


def test_a_mask_file_goes_with_a_reference_that_is_not_looked_at(
    easel: Easel, tmp_path: Path
) -> None:
    mask = tmp_path / "mask.png"
    image = Image.new("RGBA", (20, 15), "red")
    image.paste((0, 0, 0, 0), (0, 0, 10, 15))
    image.save(mask)
    options = (*urls(1), "--mask", str(mask))
    (body,) = easel("generate", "a fox", "--model", "gpt-image-2", *options, *DRY).bodies
    assert _decoded(body["mask"]).size == (20, 15)


def test_a_mask_by_address_stays_one(easel: Easel) -> None:
    options = (*urls(1), "--mask", "https://img.example.org/mask.png?ex=1&hm=a%2Fb&")
    (body,) = easel("generate", "a fox", "--model", "gpt-image-2", *options, *DRY).bodies
    assert body["mask"] == "https://img.example.org/mask.png?ex=1&hm=a%2Fb&"
