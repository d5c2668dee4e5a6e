"""What judges are asked and answer, by kind: pure, from words or a picture to scores.

`openai` is the moderation endpoint of OpenAI's schema. `http` is Easel's own small contract for a
classifier that the operator runs (docs/safety.md).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import JPEG
from bot.domain.safety.verdicts import Score
from bot.providers.dialects.dialect import HttpCall
from bot.providers.replies.http_answer import Answer
from bot.providers.replies.reply_pictures import list_or_none, mapping_or_none


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeKind:
    """How one kind is asked: `words` and `picture` (a JPEG's bytes) for a model, `scores` back."""

    prefix: str
    words: Callable[[str, str], HttpCall]
    picture: Callable[[bytes, str], HttpCall]
    scores: Callable[[object], Mapping[str, Score]]


def scores_of(kind: JudgeKind, answer: Answer) -> Mapping[str, Score]:
    """Read an answer of status 200; raises ProviderError for one that is not understood.

    Strictly: half an answer must not pass as a harmless one.
    """
    try:
        body: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise _not_understood() from None
    return kind.scores(body)


def _data_url(picture: bytes) -> str:
    return f"data:{JPEG};base64,{_text(picture)}"


def _text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def _openai_words(text: str, model: str) -> HttpCall:
    return HttpCall(path="/moderations", body={"model": model, "input": text})


def _openai_picture(picture: bytes, model: str) -> HttpCall:
    given = {"type": "image_url", "image_url": {"url": _data_url(picture)}}
    return HttpCall(path="/moderations", body={"model": model, "input": [given]})


def _openai_scores(body: object) -> Mapping[str, Score]:
    results = list_or_none((mapping_or_none(body) or {}).get("results"))
    if not results:
        raise _not_understood()
    found: dict[str, Score] = {}
    for result in results:
        fields = mapping_or_none(result) or {}
        flags = mapping_or_none(fields.get("categories")) or {}
        numbers = mapping_or_none(fields.get("category_scores"))
        if not numbers:
            raise _not_understood()
        for name, number in numbers.items():
            one = Score(score=_number(number), flagged=flags.get(name) is True)
            before = found.get(name, one)
            found[name] = Score(
                score=max(one.score, before.score), flagged=one.flagged or before.flagged
            )
    return found


def _http_words(text: str, model: str) -> HttpCall:
    return HttpCall(path="", body={**_model(model), "text": text})


def _http_picture(picture: bytes, model: str) -> HttpCall:
    return HttpCall(path="", body={**_model(model), "image": _text(picture), "media_type": JPEG})


def _model(name: str) -> dict[str, object]:
    return {"model": name} if name else {}


def _http_scores(body: object) -> Mapping[str, Score]:
    categories = mapping_or_none((mapping_or_none(body) or {}).get("categories"))
    if not categories:
        raise _not_understood()
    return dict(_http_categories(categories))


def _http_categories(categories: Mapping[str, object]) -> Iterator[tuple[str, Score]]:
    for name, value in categories.items():
        fields = mapping_or_none(value)
        if fields is None:
            yield name, Score(score=_number(value))
        else:
            yield (
                name,
                Score(score=_number(fields.get("score")), flagged=fields.get("flagged") is True),
            )


def _number(value: object) -> float:
    """Take a score; what is none must not pass as harmless."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _not_understood()
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise _not_understood()
    return float(value)


def _not_understood() -> ProviderError:
    failure = Failure(error_class=ErrorClass.BAD_RESPONSE, code="not_a_judgement")
    return ProviderError(failure)


KINDS: Mapping[str, JudgeKind] = {
    "openai": JudgeKind(
        prefix="/v1", words=_openai_words, picture=_openai_picture, scores=_openai_scores
    ),
    "http": JudgeKind(prefix="", words=_http_words, picture=_http_picture, scores=_http_scores),
}
