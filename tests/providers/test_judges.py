"""Judges over HTTP: what they are asked, what their answers mean, and every way to fail."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from bot.domain.errors import ErrorClass, ProviderError
from bot.domain.safety.verdicts import Score
from bot.providers.judges.http_judge import ANSWER_CAP_BYTES, HttpJudge
from bot.providers.judges.kinds import KINDS
from tests import openai_images
from tests.providers.servers import JPEG, KEY, bare_server, site

CATEGORIES = (
    *("hate", "hate/threatening", "harassment", "harassment/threatening"),
    *("illicit", "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions"),
    *("sexual", "sexual/minors", "violence", "violence/graphic"),
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def openai_answer(**scores: float) -> dict[str, Any]:
    """Return an answer of OpenAI's schema; `sexual_minors` is sexual/minors."""
    named = {name.replace("__", "-").replace("_", "/"): value for name, value in scores.items()}
    result = {
        "flagged": any(score > 0.5 for score in named.values()),
        "categories": {name: named.get(name, 0.0) > 0.5 for name in CATEGORIES},
        "category_scores": {name: named.get(name, 0.0) for name in CATEGORIES},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }
    return {"id": "modr-1", "model": "omni-moderation-latest", "results": [result]}


def judge(url: str, kind: str = "openai", *, key: str = KEY, timeout: float = 5.0) -> HttpJudge:
    secret = SecretStr(key) if key else None
    return HttpJudge(
        "one", KINDS[kind], url, secret, model="omni-moderation-latest", timeout_seconds=timeout
    )


def schema(name: str) -> Draft202012Validator:
    document = json.loads(openai_images.FILE.read_text())
    return Draft202012Validator(document["components"]["schemas"][name])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.jpg"
    path.write_bytes(JPEG)
    return path


async def test_openais_endpoint_is_asked_as_its_schema_says(picture: Path) -> None:
    if not openai_images.FILE.exists():
        pytest.skip("OpenAI's schema is not at hand")
    bodies: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.json_response(openai_answer(violence=0.75))

    async with site(answer) as there:
        one = judge(f"{there.url}/v1")
        scores = await one.words("a fox")
        assert await one.picture(picture) == scores
        await one.close()
    assert scores["violence"] == Score(score=0.75, flagged=True)
    assert scores["sexual/minors"] == Score(score=0.0)
    assert set(scores) == set(CATEGORIES)
    asked = schema("CreateModerationRequest")
    assert [list(asked.iter_errors(body)) for body in bodies] == [[], []]
    assert list(schema("CreateModerationResponse").iter_errors(openai_answer())) == []
    assert bodies[0]["input"] == "a fox"
    url = bodies[1]["input"][0]["image_url"]["url"]
    assert url == f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    assert [request.path for request in there.requests] == ["/v1/moderations"] * 2
    assert {r.headers["Authorization"] for r in there.requests} == {f"Bearer {KEY}"}


async def test_a_classifier_of_ones_own_is_asked_by_the_contract(picture: Path) -> None:
    bodies: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        gore = {"score": 0.9, "flagged": True}
        return web.json_response({"categories": {"nudity": 0, "gore": gore}, "more": "ignored"})

    async with site(answer) as there:
        one = judge(f"{there.url}/judge", "http", key="")
        scores = await one.words("a fox")
        await one.picture(picture)
        await one.close()
    assert scores == {"nudity": Score(score=0.0), "gore": Score(score=0.9, flagged=True)}
    model = {"model": "omni-moderation-latest"}
    encoded = base64.b64encode(JPEG).decode()
    assert bodies == [
        model | {"text": "a fox"},
        model | {"image": encoded, "media_type": "image/jpeg"},
    ]
    assert [request.path for request in there.requests] == ["/judge"] * 2
    assert all("Authorization" not in request.headers for request in there.requests)


BROKEN: dict[str, str] = {
    "no JSON": "<html>",
    "cut": json.dumps(openai_answer())[:-20],
    "another shape": '{"results": {}}',
    "no result": '{"results": []}',
    "no scores": '{"results": [{"flagged": false, "categories": {}}]}',
    "a text": '{"results": [{"category_scores": {"hate": "low"}}]}',
    "true": '{"results": [{"category_scores": {"hate": true}}]}',
    "NaN": '{"results": [{"category_scores": {"hate": NaN}}]}',
    "more than one": '{"results": [{"category_scores": {"hate": 1.5}}]}',
    "nested": "[" * 20_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("kind", ["openai", "http"])
async def test_an_answer_that_is_none_never_passes_as_harmless(kind: str, body: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        text = body.replace('{"results": [{"category_scores":', '{"categories":')
        text = text.replace("}}]}", "}}") if kind == "http" else body
        return web.Response(text=text, content_type="application/json")

    async with site(answer) as there:
        one = judge(there.url, kind)
        with pytest.raises(ProviderError) as refused:
            await one.words("a fox")
        await one.close()
    assert refused.value.failure.error_class is ErrorClass.BAD_RESPONSE


@pytest.mark.parametrize("status", [301, 400, 401, 429, 500, 503])
async def test_another_status_is_no_judgement_and_the_key_is_told_to_nobody(status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        location = {"Location": "http://127.0.0.1:9/elsewhere"} if status == 301 else {}
        body = {"error": {"message": f"no, {KEY}", "code": KEY}, **openai_answer()}
        return web.json_response(body, status=status, headers=location)

    async with site(answer) as there:
        one = judge(there.url)
        with pytest.raises(ProviderError) as refused:
            await one.words("a fox")
        await one.close()
    assert KEY not in str(refused.value)
    assert len(there.requests) == 1


async def test_a_judge_that_does_not_answer_in_time_is_left(picture: Path) -> None:
    forever = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        await forever.wait()
        return web.Response()

    async with site(answer) as there:
        one = judge(there.url, timeout=0.1)
        with pytest.raises(ProviderError):
            await one.picture(picture)
        await one.close()


async def test_an_answer_without_end_is_cut_off() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(ANSWER_CAP_BYTES // 1000 + 2):
            await response.write(b" " * 1000)
        await response.write(json.dumps(openai_answer()).encode())
        return response

    async with site(answer) as there:
        one = judge(there.url)
        with pytest.raises(ProviderError) as refused:
            await one.words("a fox")
        await one.close()
    assert refused.value.failure.code == "reply_too_large"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"])
async def test_a_connection_that_closes_is_no_judgement(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(said)
        writer.close()

    async with bare_server(answer) as there:
        one = judge(there.url)
        with pytest.raises(ProviderError):
            await one.words("a fox")
        await one.close()


async def test_nobody_listens_there() -> None:
    one = judge("http://127.0.0.1:9")
    with pytest.raises(ProviderError) as refused:
        await one.words("a fox")
    await one.close()
    assert refused.value.failure.error_class is ErrorClass.UNREACHABLE
