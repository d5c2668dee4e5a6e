"""Results: captions, file names, alt texts and the private layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord import ui

from bot.domain.job import Destination
from bot.domain.text.discord_codes import MEMBER
from bot.services.ports import ResultPart, ResultPicture
from bot.ui.discord_api import discord_limits, result_message
from tests.ui.samples import NASTY, job, part
from tests.ui.test_cards import assert_within_limits
from tests.ui.test_text import assert_harmless


@contextmanager
def opened(submission: ResultPart) -> Iterator[list[discord.File]]:
    files = result_message.files(submission)
    try:
        yield files
    finally:
        for file in files:
            file.close()


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Return four files in four formats, named after another."""
    starts = (b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBP", b"GIF89a")
    paths = [tmp_path / f"{number}.bin" for number in range(4)]
    for path, start in zip(paths, starts, strict=True):
        path.write_bytes(start)
    return paths


def test_a_caption_holds_prompt_model_size_and_who_asked(pictures: list[Path]) -> None:
    assert result_message.caption(part(job(), pictures[:1]), "Seedream 4.5") == (
        "> a fox in a birch forest\n-# Seedream 4.5 · 2048×1536 · <@33>"
    )


def test_a_caption_says_what_is_missing_and_what_was_changed(pictures: list[Path]) -> None:
    changed = replace(part(job(), pictures, missing=1), fitted=True, again=True)

    assert result_message.caption(changed, "x").splitlines()[3:] == [
        "-# 4 of 5 pictures: one was not made and not charged.",
        "-# Re-encoded for Discord.",
        "-# Sent again after a restart.",
    ]


def test_further_messages_of_a_result_only_count_on(pictures: list[Path]) -> None:
    first, second = (part(job(), pictures, number=number, parts=2) for number in (0, 1))

    assert result_message.caption(first, "x").endswith("-# Pictures 1 to 4 of 8")
    assert result_message.caption(second, "x") == "-# Pictures 5 to 8 of 8"


@pytest.mark.parametrize("prompt", NASTY.values(), ids=NASTY)
def test_every_prompt_makes_a_harmless_caption_and_alt_text(
    prompt: str, pictures: list[Path]
) -> None:
    submission = part(job(prompt), pictures, missing=2)
    caption = result_message.caption(replace(submission, fitted=True, again=True), "Seedream 4.5")

    assert len(caption) <= discord_limits.CONTENT_CHARACTERS
    # Discord's own mentions of members stay; what they are sent with allows none to ping.
    assert_harmless(MEMBER.sub("", caption.split("\n")[0].removeprefix("> ")))
    with opened(submission) as files:
        assert all(0 < len(file.description or "") <= 1024 for file in files)


def test_files_are_named_after_the_job_and_described(pictures: list[Path]) -> None:
    with opened(part(job(), pictures)) as files:
        assert [file.filename for file in files] == [
            "easel-0123456789ABC-1.png",
            "easel-0123456789ABC-2.jpg",
            "easel-0123456789ABC-3.webp",
            "easel-0123456789ABC-4.gif",
        ]
        assert files[1].description == "AI-made picture 2 of 4: a fox in a birch forest"


def test_a_picture_that_is_shown_again_has_the_alt_text_of_its_post(pictures: list[Path]) -> None:
    submission = part(job("*a fox*\nin a forest"), pictures)
    again = [
        ResultPicture(
            job=submission.job,
            number=place + 1,
            of=len(pictures),
            picture=picture,
            channel_id=1,
            message_id=2,
            place=place,
            removed=False,
        )
        for place, picture in enumerate(submission.pictures)
    ]
    reopened = result_message.reopened(list(zip(again, pictures, strict=True)))
    with opened(submission) as posted:
        for file, first in zip(reopened, posted, strict=True):
            file.close()
            assert (file.description, file.filename) == (first.description, first.filename)


def test_spoilers_are_covered(pictures: list[Path]) -> None:
    with opened(part(job(spoiler=True), pictures[:1])) as (file,):
        assert file.filename == "SPOILER_easel-0123456789ABC-1.png"


@pytest.mark.parametrize("prompt", NASTY.values(), ids=NASTY)
def test_a_private_result_shows_its_pictures_in_a_gallery(
    prompt: str, pictures: list[Path]
) -> None:
    submission = part(job(prompt, destination=Destination.INTERACTION, spoiler=True), pictures)
    with opened(submission) as files:
        card = result_message.private_card(submission, "Seedream 4.5", files)
        names = [f"attachment://{file.filename}" for file in files]

    assert_within_limits(card)
    (gallery,) = [item for item in card.walk_children() if isinstance(item, ui.MediaGallery)]
    assert [item.media.url for item in gallery.items] == names
    assert all(item.spoiler and item.description for item in gallery.items)
