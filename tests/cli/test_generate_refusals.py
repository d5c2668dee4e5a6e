"""`generate` refuses before anything is sent: every problem at once, always as one JSON value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.console import Easel, picture, urls

MODEL = "doubao-seedream-4-5-251128"
SEEDEDIT = "doubao-seededit-3-0-i2i-250628"
DRY = ("--dry-run", "--json")


def test_every_problem_is_named_at_once(easel: Easel, tmp_path: Path) -> None:
    options = ("--size", "100x100", "--count", "99", "--seed", "1.5", "--guidance", "2")
    ended = easel("generate", "", "--model", MODEL, *options, "--reference", "missing.png", *DRY)
    assert ended.code == 2
    assert sorted(ended.fields) == ["count", "guidance", "prompt", "reference", "seed", "size"]
    assert ended.err == ""
    for violation in ended.json["violations"]:
        assert set(violation) == {"field", "message", "suggestion"}
        assert violation["message"]


@pytest.mark.parametrize(
    ("option", "value", "suggestion"),
    [
        ("count", "abc", None),
        ("count", "", None),
        ("count", "2.6", 3),
        ("count", "1e999", None),
        ("seed", "7,0", 7),
        ("compression", "nan", None),
        ("guidance", "strong", None),
        ("guidance", "2,5", 2.5),
        ("count", "9" * 5000, None),
        ("operation", "draw", None),
        ("operation", "edits", "edit"),
        ("operation", "", None),
    ],
)
def test_an_unreadable_value_is_a_violation_of_its_option(
    easel: Easel, option: str, value: str, suggestion: object
) -> None:
    ended = easel("generate", "a fox", f"--{option}", value, *DRY)
    assert ended.code == 2
    (violation,) = ended.json["violations"]
    assert (violation["field"], violation["suggestion"]) == (option, suggestion)
    assert type(violation["suggestion"]) is type(suggestion)


@pytest.mark.parametrize(
    ("options", "field", "suggestion"),
    [
        (("--size", "100x100"), "size", str),
        (("--size", "sharp"), "size", str),
        (("--aspect", "5:4"), "aspect", str),
        (("--aspect", "1:1", "--size", "2560x1440"), "aspect", str),
        (("--count", "16"), "count", int),
        (("--model", "seedream-4.5", "--count", "2", "--related"), "related", bool),
        (("--model", "doubao-seedream-3-0-t2i-250415", "--guidance", "11"), "guidance", float),
        (("--model", "doubao-seedream-3-0-t2i-250415", "--seed", "-2"), "seed", int),
        (("--model", "doubao-seedream-4.5"), "model", str),
        (("--model", "gpt-image-2", *urls(1), "--quality", "hgih"), "quality", str),
        (("--model", SEEDEDIT, *urls(1), "--operation", "generate"), "operation", str),
    ],
)
def test_a_suggestion_has_the_type_of_its_option(
    easel: Easel, options: tuple[str, ...], field: str, suggestion: type
) -> None:
    ended = easel("generate", "a fox", *options, *DRY)
    assert ended.code == 2
    (violation,) = ended.json["violations"]
    assert violation["field"] == field
    assert type(violation["suggestion"]) is suggestion


def test_people_read_the_refusal_on_stderr(easel: Easel) -> None:
    ended = easel("generate", "", "--size", "100x100", "--count", "many", "--dry-run")
    assert (ended.code, ended.out) == (2, "")
    lines = ended.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["--count", "PROMPT", "--size"]


# --- misuse ---------------------------------------------------------------------------------


def test_a_missing_prompt_is_a_violation_of_the_prompt(easel: Easel) -> None:
    assert easel("generate", *DRY).fields == ["prompt"]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("--json", "--dry-run", "--count"), "count"),
        (("--json", "--stream=yes"), "stream"),
        (("--json", "--separate=yes"), "related"),
        (("--json", "--no-watermark=1"), "watermark"),
    ],
)
def test_misuse_of_an_option_is_a_violation_of_it(
    easel: Easel, arguments: tuple[str, ...], field: str
) -> None:
    ended = easel("generate", "a fox", *arguments)
    assert (ended.code, ended.fields) == (2, [field])


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "a fox", "--json", "--colour", "red"),
        ("generate", "a", "fox", "--json"),
        ("generate", "a fox", "--json", "--output"),
        ("models", "--json", "--wide"),
        ("modles", "--json"),
    ],
)
def test_any_other_misuse_is_a_usage_error(easel: Easel, arguments: tuple[str, ...]) -> None:
    ended = easel(*arguments)
    assert ended.code == 2
    assert ended.json["error"]["class"] == "usage"
    assert ended.json["error"]["message"]


def test_misuse_without_json_leaves_stdout_empty(easel: Easel) -> None:
    ended = easel("generate", "a fox", "--colour", "red")
    assert (ended.code, ended.out) == (2, "")
    assert "--colour" in ended.err


def test_a_wrong_configuration_is_one_json_value(easel: Easel, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[model]\n")
    ended = easel("generate", "a fox", *DRY)
    assert ended.code == 2
    assert ended.json["error"]["class"] == "configuration"
    assert "models" in ended.json["error"]["message"]


def test_a_wrong_custom_model_is_a_mistake_of_the_configuration(
    easel: Easel, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('[models.custom."mine"]\nlike = "nothing"\n')
    ended = easel("generate", "a fox", *DRY)
    assert (ended.code, ended.json["error"]["class"]) == (2, "configuration")


def test_words_behind_two_dashes_are_the_prompt(easel: Easel) -> None:
    ended = easel("generate", "--dry-run", "--json", "--", "--json")
    assert ended.bodies[0]["prompt"] == "--json"


# --- pictures -------------------------------------------------------------------------------


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.png"
    path.write_bytes(Path(picture(tmp_path, 200, 200)).read_bytes()[:60])
    return str(path)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("option", ["reference", "mask"])
@pytest.mark.parametrize(
    "value",
    [
        "missing.png",
        ".",
        "empty.png",
        "text.txt",
        "ftp://img.example.org/1.png",
        "https://user:secret@img.example.org/1.png",
        "http://",
        "data:image/png;base64,%%%",
        "data:image/png,plain",
        "/dev/zero",
        "bad\0name",
    ],
)
def test_what_is_no_picture_is_a_violation_with_its_reason(
    easel: Easel, tmp_path: Path, option: str, value: str
) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.txt").write_text("no picture at all")
    first = ("--reference", picture(tmp_path, 30, 30)) if option == "mask" else ()
    ended = easel("generate", "a fox", "--model", "gpt-image-2", *first, f"--{option}", value, *DRY)
    assert (ended.code, ended.fields) == (2, [option])
    assert "secret" not in ended.json["violations"][0]["message"]


def test_a_broken_file_is_found_by_decoding_it(easel: Easel, broken: str) -> None:
    ended = easel("generate", "a fox", "--model", MODEL, "--reference", broken, *DRY)
    assert (ended.code, ended.fields) == (2, ["reference"])
    assert "broken.png" in ended.json["violations"][0]["message"]


def test_a_model_that_fetches_pictures_names_one_that_takes_a_file(
    easel: Easel, tmp_path: Path
) -> None:
    options = ("--model", "seedream-4.5", "--reference", picture(tmp_path, 40, 30))
    ended = easel("generate", "a fox", *options, *DRY)
    (violation,) = ended.json["violations"]
    assert violation["field"] == "reference"
    assert violation["message"].endswith(f" {MODEL} accepts it as it is.")


def test_a_mask_of_another_shape_is_refused(easel: Easel, tmp_path: Path) -> None:
    options = ("--reference", picture(tmp_path, 40, 30), "--mask", picture(tmp_path, 40, 40))
    ended = easel("generate", "a fox", "--model", "gpt-image-2", *options, *DRY)
    assert (ended.code, ended.fields) == (2, ["mask"])


def test_a_mask_that_marks_nothing_is_refused(easel: Easel, tmp_path: Path) -> None:
    options = ("--reference", picture(tmp_path, 40, 30), "--mask", picture(tmp_path, 80, 60))
    ended = easel("generate", "a fox", "--model", "gpt-image-2", *options, *DRY)
    assert (ended.code, ended.fields) == (2, ["mask"])


def test_pictures_that_are_too_large_together_are_refused(
    easel: Easel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.providers.references.wire_form.MAX_BODY_BYTES", 4100)
    reference = picture(tmp_path, 400, 400)
    ended = easel("generate", "a fox", "--model", MODEL, "--reference", reference, *DRY)
    assert (ended.code, ended.fields) == (2, ["reference"])


# --- keys -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_network")
def test_a_real_request_without_a_key_names_the_setting(easel: Easel) -> None:
    ended = easel("generate", "a fox", "--model", MODEL, "--json")
    assert (ended.code, ended.fields) == (2, ["model"])
    message = ended.json["violations"][0]["message"]
    assert "providers.routescope.api_key" in message
    assert "EASEL_PROVIDERS__ROUTESCOPE__API_KEY" in message


def test_a_missing_key_does_not_hide_what_else_is_wrong(easel: Easel) -> None:
    ended = easel("generate", "", "--model", MODEL, "--size", "3K", "--json")
    assert ended.fields == ["model", "prompt", "size"]


def test_a_model_that_is_off_suggests_one_that_is_on(
    easel: Easel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__SEEDREAM__API_KEY", "key")
    ended = easel("generate", "a fox", "--model", MODEL, "--json")
    assert ended.json["violations"][0]["suggestion"] == "seedream-4.5"


def test_without_any_key_and_model_the_keys_are_named(easel: Easel) -> None:
    ended = easel("generate", "a fox", "--json")
    assert ended.fields == ["model"]
    assert "EASEL_PROVIDERS__SEEDREAM__API_KEY" in ended.json["violations"][0]["message"]


def test_a_model_that_the_operator_switched_off_says_so(
    easel: Easel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_PROVIDERS__ROUTESCOPE__API_KEY", "key")
    (tmp_path / "config.toml").write_text(
        f'[models.custom."{MODEL}"]\ngenerate.enabled = false\nedit.enabled = false\n'
    )
    ended = easel("generate", "a fox", "--model", MODEL, "--json")
    assert ended.fields == ["model"]
    assert "[models.custom]" in ended.json["violations"][0]["message"]
