"""Values for tests of what people see: jobs, progress, parts, and prompts that mean harm."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.catalog import Operation
from bot.domain.job import Destination, Job, JobState, Picture, PictureState, Post
from bot.domain.job_outcome import Outcome
from bot.domain.requests.request import ImageRequest
from bot.services.ports import Progress, ResultPart

NASTY = {
    "mentions": "@everyone @here <@123456789012345678> <@!123456789012345678> <@&123456789012345>",
    "places": "<#123456789012345678> </imagine:123456789012345678> <t:0:R> <id:customize> <:a:1>",
    "markdown": "**bold** __under__ ~~gone~~ ||spoiler|| [click](https://evil.example) `code` > q",
    "fences": "```py\nprint('hello')\n``` and more `",
    "heading": "# shouting",
    "list": "- one\n- two",
    "numbers": "1. first",
    "small": "-# small",
    "bidi": "abc \u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c end",
    "hidden": "f\u200bo\ufeffx \u2060 \u00ad and \U000e0041tags",
    "links": "see https://evil.example/a_b_c?x=1 and discord://x HTTP://EVIL.example",
    "slashes": "C:\\path\\* and \\\\** end\\",
    "lines": "one\r\ntwo\u2028three\u2029four\x0bfive\x00six",
    "arabic": "ثعلب في غابة البتولا " * 40,
    "cjk": "白樺の森の狐" * 667,
    "long": "a very long wish " * 236,
    "one word": "x" * 4000,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇫🇷" * 250,
    "braces": "{0} {prompt} %s None",
    "stars": "*" * 4000,
}


def job(prompt: str = "a fox in a birch forest", **changes: Any) -> Job:
    """Return a queued job of one picture; `changes` go into it or into its request."""
    request = ImageRequest(
        model="doubao-seedream-4-5-251128",
        source="routescope-seedream-generation",
        provider="routescope",
        operation=Operation.GENERATE,
        prompt=prompt,
        size="2K",
    )
    of_request = {
        k: changes.pop(k) for k in list(changes) if k in ("count", "related", "size", "notes")
    }
    base = Job(
        job_id="0123456789ABC",
        origin="i:1",
        guild_id=11,
        channel_id=22,
        user_id=33,
        request=replace(request, **of_request),
        state=JobState.QUEUED,
        destination=Destination.CHANNEL,
        spoiler=False,
        created_at=1_800_000_000,
        expires_at=1_800_003_600,
    )
    return replace(base, **changes)


def progress(submission: Job, **changes: Any) -> Progress:
    """Return where a job stands, with a message where it is done."""
    known: dict[str, Any] = {"position": 3, "ready_at": 1_800_000_030}
    if submission.state is JobState.DONE:
        known |= {"message_id": 44, "outcome": outcome(submission.request.count)}
    return Progress(job=submission, **(known | changes))


def outcome(delivered: int, missing: int = 0, **changes: Any) -> Outcome:
    positions = tuple(100 * place for place in range(delivered))
    base = Outcome(delivered_positions=positions, paid=delivered, missing=missing, reason=None)
    return replace(base, **changes)


def part(
    submission: Job, files: list[Path], *, missing: int = 0, number: int = 0, parts: int = 1
) -> ResultPart:
    """Return a message of a result; every part has as many pictures as there are files."""
    result = outcome(len(files) * parts, missing)
    positions = result.delivered_positions[number * len(files) : (number + 1) * len(files)]
    pictures = tuple(
        Picture(
            job_id=submission.job_id,
            position=position,
            call_seq=0,
            state=PictureState.FETCHED,
            width=2048,
            height=1536,
        )
        for position in positions
    )
    post = Post(
        job_id=submission.job_id,
        part=number,
        channel_id=submission.channel_id,
        nonce=f"{submission.job_id}.{number}",
        positions=positions,
    )
    return ResultPart(
        job=submission,
        post=post,
        parts=parts,
        pictures=pictures,
        files=tuple(files),
        outcome=result,
        fitted=False,
        prompt=submission.request.prompt,
    )
