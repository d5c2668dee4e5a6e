"""The log keeps secrets to itself in both formats, names the job, and is quiet about one trouble.

The attacks put a secret wherever a library may write it.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from bot import logs
from bot.domain.errors import SetupError, StorageError
from bot.domain.setup_problems import SetupProblem
from bot.services.tasks.log_context import about_job, job_in_hand
from tests.cases import every_case

TOKEN = "MTQ1NjA3NDQ0Mzk4MDgwMDAw.GhT5kQ.s3cr3t-Part_that-nobody-may-see000"
KEY = 'k"ey/with spaces&Ünïcödé+%'
SHORTER = "sk-live-1234"
LONGER = SHORTER + "-and-more"
SECRETS = (TOKEN, KEY, SHORTER, LONGER)
UNKNOWN = "MTQ1NjA3NDQ0Mzk4MDgwMDAx.AbCdEf.another-bots-token-that-was-not-ours"
JOB = "0123456789ABC"


class Written:
    """Lines as they would be written in one of the formats."""

    def __init__(self, style: str) -> None:
        self.style = style
        self.lines: list[str] = []
        make = logs.json_formatter if style == "json" else logs.Redactor
        self._formatter = make(SECRETS)

    def __call__(self, message: object, *args: object, error: BaseException | None = None) -> str:
        info = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord("bot.x", logging.INFO, "x.py", 1, message, args, info)
        line = self._formatter.format(record)
        if self.style == "json":
            assert "\n" not in line
            assert isinstance(json.loads(line), dict)
        return line


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> Written:
    return Written(request.param)


class Clumsy:
    """Something that shows its secrets when it is written."""

    def __repr__(self) -> str:
        return f"Clumsy(token={TOKEN})"


ATTACKS: dict[str, tuple[Any, ...]] = {
    "plain": (f"the token is {TOKEN}.",),
    "argument": ("using %s", KEY),
    "longer than another": ("using %s", LONGER),
    "bytes": ("sent %r", TOKEN.encode()),
    "bytes with letters": ("sent %s", KEY.encode()),
    "mapping": ("headers %s", {"Authorization": f"Bearer {LONGER}", "x": [{"y": (TOKEN,)}]}),
    "mapping as arguments": ("key %(key)s", {"key": KEY}),
    "set": ("all of %s", {TOKEN, KEY}),
    "name in a mapping": ("%s", {TOKEN: 1, KEY: 2}),
    "object": ("%s and %r", Clumsy(), Clumsy()),
    "message that is no text": ({"key": KEY, "token": TOKEN},),
    "json inside": ("body %s", json.dumps({"api_key": KEY})),
    "json in json": ("body %s", json.dumps(json.dumps({"k": LONGER, "t": TOKEN}))),
    "address": (f"GET https://api.example.org/v1?key={SHORTER}&x=1",),
    "encoded in an address": (
        "GET https://h/%s/x",
        "k%22ey%2Fwith%20spaces%26%C3%9Cn%C3%AFc%C3%B6d%C3%A9%2B%25",
    ),
    "arguments that do not fit": ("%d and %d", KEY, TOKEN),
    "several lines": (f"first\n{TOKEN}\nlast {KEY}",),
    "wrapped": (f"{TOKEN[:40]}\n    {TOKEN[40:]}",),
    "torn by quotes": (f"'{TOKEN[:45]}' +\\n '{TOKEN[45:]}'",),
    "torn by what is not seen": (f"{TOKEN[:42]}\u200b{TOKEN[42:]}",),
    "cut short": (f"invalid key {TOKEN[:52]}…",),
    "cut very short": ("invalid key %s", TOKEN[:40]),
    "in capitals": ("X-KEY: %s", LONGER.upper()),
    "address in small letters": ("?k=%s", quote(KEY, safe="").lower()),
    "escaped for pages": ("<b>%s</b>", html.escape(KEY)),
    "in hex": ("%s", TOKEN.encode().hex()),
}


@every_case("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_known_secret_is_written(written: Written, attack: tuple[Any, ...]) -> None:
    line = written(*attack)
    for text in (line, str(json.loads(line)) if written.style == "json" else ""):
        for part in (
            TOKEN,
            "s3cr3t-Part",
            "Ünïc",
            "%C3%9Cn",
            "sk-live",
            "-and-more",
            "\\xc3\\x9cn",
            TOKEN[:40],
            TOKEN[45:],
            "SK-LIVE",
            "%c3%9cn",
            TOKEN.encode().hex()[20:60],
        ):
            assert part not in text
    assert "***" in line


@pytest.mark.parametrize("before", ["", "e", "ea", "easel:"])
def test_no_known_secret_is_written_in_base64(written: Written, before: str) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        coded = encode(f"{before}{TOKEN}:x".encode()).decode()
        line = written("credentials %s", coded)
        assert coded[8:-8] not in line
        assert "***" in line


@pytest.mark.parametrize("raised", ["once", "as a cause", "in a group"])
def test_no_secret_is_written_with_an_exception(written: Written, raised: str) -> None:
    try:
        try:
            raise ValueError(f"{KEY} at https://u:{LONGER}@h/?t={TOKEN}")
        except ValueError as error:
            if raised == "as a cause":
                raise RuntimeError("outer", {"token": TOKEN}) from error
            if raised == "in a group":
                raise ExceptionGroup("several", [error, KeyError(TOKEN)]) from None
            error.add_note(f"asked with {TOKEN}")
            raise
    except Exception as error:
        line = written("it failed", error=error)
    assert "ValueError" in line
    for part in (TOKEN, "sk-live", "Ünïc", "s3cr3t"):
        assert part not in line


@every_case(
    ("text", "gone"),
    [
        (f"IDENTIFY {UNKNOWN}", UNKNOWN),
        ("POST /webhooks/123/aW50ZXJhY3Rpb24-tok_en/messages", "aW50ZXJh"),
        ("https://cdn.discordapp.com/a/b.png?ex=66&is=65&hm=deadbeef", "deadbeef"),
        ("postgresql://easel:hunter2hunter@db/easel", "hunter2"),
        ("{'X-Api-Key': 'abcdef-123456'}", "abcdef"),
        ('{"password": "correct horse battery"}', "correct"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpw"),
        ("Bearer abcdef.123456", "abcdef"),
        ("data:image/png;base64,iVBORw0KGgo=", "iVBOR"),
        ("{'b64_json': '" + "iVBORw0KGgo" * 90 + "'}", "iVBOR"),
        ("{'Set-Cookie': 'session=abcdef0123; HttpOnly'}", "abcdef"),
        ("[('Authorization', 'abcdef-123456')]", "abcdef"),
        ("access_token%3Dabcdef123456", "abcdef"),
        ("GET /a/b.png?ex=66&hm=deadbeef HTTP/1.1", "deadbeef"),
        ("wss://gateway.discord.gg/?auth=abcdef123456", "abcdef"),
        ("postgresql+asyncpg://easel:hun/ter2@x@db/easel", "ter2"),
    ],
)
def test_what_looks_like_a_secret_is_not_written(written: Written, text: str, gone: str) -> None:
    assert gone in text
    assert gone not in written("%s", text)


def test_what_cannot_be_written_is_said_without_it(written: Written) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(TOKEN)

    line = written("%r and %s", Broken(), KEY)
    assert "cannot be written (RuntimeError)" in line
    assert "Ünïc" not in line


def test_ordinary_words_stay(written: Written) -> None:
    for text in (
        "the bot goes on",
        "token: none",
        "a basic fox",
        "https://example.org/a.png",
        "http://127.0.0.1:8080/users/@me",
        "the token, as copied from the portal",
    ):
        assert text in written(text)


def test_a_line_of_json_says_when_what_where_and_which_job() -> None:
    found = json.loads(Written("json")(f"job {JOB} is taken over (%s)", "running"))
    assert found.keys() == {"event", "level", "logger", "timestamp", "job"}
    assert (found["event"], found["job"]) == (f"job {JOB} is taken over (running)", JOB)
    assert (found["level"], found["logger"]) == ("info", "bot.x")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", found["timestamp"])


async def test_every_line_of_a_job_names_it_also_in_tasks_of_its_own(written: Written) -> None:
    class Worker:
        @about_job
        async def work(self, job: Any) -> str:
            async with asyncio.TaskGroup() as group:
                task = group.create_task(self.call())
            return task.result()

        async def call(self) -> str:
            return written("the call was answered")

    class Job:
        job_id = JOB

    job: Any = Job()
    assert JOB in await Worker().work(job)
    assert job_in_hand.get() is None
    assert JOB not in written("the call was answered")


@pytest.fixture
def restored() -> Iterator[None]:
    """Put the loggers back as they were."""
    quiet = ("discord.http", "discord.webhook", "aiohttp.access", "alembic.runtime.plugins")
    names = ("", "bot", "cogs", *quiet)
    hooks = threading.excepthook, sys.unraisablehook
    loggers = [logging.getLogger(name) for name in names]
    before = [(logger.level, logger.handlers[:]) for logger in loggers]
    yield
    threading.excepthook, sys.unraisablehook = hooks
    logging.captureWarnings(False)
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_database_that_is_away_is_not_told_by_everybody(
    style: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure([], style=style)
    log = logging.getLogger("bot.services.jobs.worker")
    away = StorageError(SetupProblem.DISK_FULL, database="easel.db")
    for error in (away, ExceptionGroup("several", [away, ExceptionGroup("inner", [away])])):
        log.error("a step failed", exc_info=error)
        log.warning("trying again: %r", error)
    log.error("a step failed", exc_info=ExceptionGroup("both", [away, ValueError("ours")]))
    log.error("another failed", exc_info=SetupError(SetupProblem.NO_GATEWAY))
    log.error("requests cannot be accepted: %s", away.args[0])
    said = capsys.readouterr().err
    assert said.count("ours") == 1
    assert said.count("where its gateway is") == 1
    assert said.count("requests cannot be accepted") == 1
    assert "trying again" not in said


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["text", "json"])
async def test_what_python_writes_by_itself_is_a_line_without_secrets_too(
    style: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(SECRETS, style=style)

    def fail() -> None:
        raise ValueError(TOKEN)

    class Leaving:
        def __del__(self) -> None:
            raise ValueError(KEY)

    thread = threading.Thread(target=fail, name=TOKEN)
    thread.start()
    thread.join()
    Leaving()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"old key {TOKEN}", UserWarning, stacklevel=1)
    asyncio.get_running_loop().call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError(KEY), "t": TOKEN}
    )
    said = capsys.readouterr().err
    assert "s3cr3t" not in said
    assert "Ünïc" not in said
    for expected in ("a thread ended with an error", "Leaving", "old key ***", "never retrieved"):
        assert expected in said
    if style == "json":
        assert all(json.loads(line) for line in said.splitlines())


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_line_that_fails_to_be_written_is_not_written_as_it_is(
    style: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure(SECRETS, style=style)
    (handler,) = logging.getLogger().handlers
    with monkeypatch.context() as broken:
        broken.setattr(handler, "emit", lambda record: handler.handleError(record))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        logging.getLogger("bot.x").info("the token is %s", TOKEN)
    said = capsys.readouterr().err
    assert "a line of bot.x, test_logs.py:" in said
    assert "s3cr3t" not in said


@pytest.mark.usefixtures("restored")
def test_a_level_is_for_our_own_lines_and_libraries_never_tell_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for level, expected in (("debug", "dio o"), ("info", "io o"), ("error", "")):
        logs.configure([], level=level)
        logging.getLogger("bot.x").debug("d")
        logging.getLogger("cogs.x").info("i")
        logging.getLogger("discord.gateway").debug("never")
        logging.getLogger("discord.http").info("never")
        logging.getLogger("aiosqlite").debug("never")
        logging.getLogger("discord.gateway").info("o o")
        said = [line.rpartition(": ")[2] for line in capsys.readouterr().err.splitlines()]
        assert "".join(said) == expected
