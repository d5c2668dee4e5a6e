"""Asks every judge about something harmless: whether it answers, and names what it should."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.cli.check.check_lines import Finding, well, wrong
from bot.config import Configuration
from bot.domain.errors import ProviderError
from bot.domain.safety.verdicts import Score
from bot.services.ports import Judge
from bot.settings import safety
from bot.ui.messages.operator import judges as words

_TEXT = "a grey square"
_SIDE = 64


async def judges(configuration: Configuration) -> list[Finding]:
    """Return a line for each judge; none where the check is off."""
    named = configuration.safety.judges
    if not named:
        return []
    from bot.composition.judges import judges_of

    asked = judges_of(configuration)
    try:
        with tempfile.TemporaryDirectory(prefix="easel-") as folder:
            picture = Path(folder) / "grey.jpg"
            await asyncio.to_thread(_draw, picture)
            lines = (_judge(named[name], judge, picture) for name, judge in asked.items())
            return list(await asyncio.gather(*lines))
    finally:
        for judge in asked.values():
            await judge.close()


async def _judge(settings: safety.Judge, judge: Judge, picture: Path) -> Finding:
    from bot.composition.judges import rules_of

    answers: list[Mapping[str, Score]] = []
    try:
        if "prompts" in settings.checks:
            answers.append(await judge.words(_TEXT))
        if settings.checks - {"prompts"}:
            answers.append(await judge.picture(picture))
    except ProviderError as error:
        failure = error.failure
        said = f"{failure.http_status or ''} {failure.code} {failure.message}".split()
        return wrong(words.no_answer(judge.name, " ".join(said) or failure.error_class.value))
    needed = rules_of(settings).needed
    if lacking := sorted({one for answer in answers for one in needed - answer.keys()}):
        return wrong(words.not_named(judge.name, lacking, sorted(answers[0])))
    return well(words.answers(judge.name, sorted(settings.checks)))


def _draw(path: Path) -> None:
    """Write a grey JPEG."""
    from PIL import Image

    Image.new("RGB", (_SIDE, _SIDE), "grey").save(path, "JPEG")
