"""`check` asks every judge about something harmless."""

from __future__ import annotations

import pytest
from aiohttp import web

from bot.cli.check.judge_lines import judges
from bot.config import Configuration
from tests.providers.servers import site

CATEGORIES = {"nudity": 0.0, "gore": 0.0}


def configured(url: str, **judge: object) -> Configuration:
    local = {"kind": "http", "base_url": url, **judge}
    return Configuration.model_validate({"safety": {"judges": {"local": local}}})


async def test_without_a_judge_there_is_no_line() -> None:
    assert await judges(Configuration()) == []


@pytest.mark.parametrize("checks", [["prompts"], ["results"], ["prompts", "references"]])
async def test_a_judge_that_answers_is_well(checks: list[str]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"categories": CATEGORIES})

    async with site(answer) as there:
        categories = {"nudity": "hold", "gore": {"action": "refuse", "threshold": 0.9}}
        (line,) = await judges(configured(there.url, checks=checks, categories=categories))
    assert (line.well, len(there.requests)) == (True, len({c == "prompts" for c in checks}))
    assert line.text.startswith("Judge local: it answers")


async def test_a_category_that_a_judge_never_names_is_found_before_it_matters() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"categories": CATEGORIES})

    async with site(answer) as there:
        (line,) = await judges(
            configured(there.url, categories={"nuditiy": "hold"}, minors=["minors"])
        )
    assert not line.well
    assert line.text == (
        "Judge local: it does not name minors or nuditiy; it names gore and nudity. Correct "
        "safety.judges.local.categories or minors"
    )


async def test_a_judge_that_fails_is_told_with_its_own_words() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error": {"message": "no model is loaded"}}, status=500)

    async with site(answer) as there:
        (line,) = await judges(configured(there.url))
    assert not line.well
    assert "500" in line.text
    assert "no model is loaded" in line.text
