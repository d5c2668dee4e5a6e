"""That pictures cannot be signed is told once, and so is that they can be again."""

from __future__ import annotations

from typing import cast

from bot.domain.provenance import SigningProblem
from bot.services.operations.alerts import Alerts
from bot.services.operations.signing_news import SigningNews


class Ear:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def tell(self, kind: str, text: str) -> None:
        self.heard.append(f"{kind}: {text}")

    def over(self, kind: str, text: str) -> None:
        self.heard.append(f"{kind}: {text}")


def test_each_trouble_is_told_once_and_so_is_its_end() -> None:
    ear = Ear()
    news = SigningNews(
        cast("Alerts", ear), words=lambda problem: problem.name, over=lambda: "works"
    )
    expired, refused = SigningProblem.EXPIRED, SigningProblem.REFUSED
    for one in (None, expired, expired, SigningProblem.NO_ROOM, expired, refused, None, None):
        news(one)
    assert ear.heard == [
        "signing.expired: EXPIRED",
        "signing.refused: REFUSED",
        "signing.refused: works",
    ]
