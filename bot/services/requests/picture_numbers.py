"""Which picture a number means: in a reply ("2: darker"), in a form, on a menu.

Numbers count from 1 over all messages of a result. A removed picture keeps its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.domain.errors import AccessError, Denial, RefusedError
from bot.domain.job import Job, Picture, Post
from bot.domain.requests.request import Refusal, Violation, ViolationKind
from bot.domain.text import prompt
from bot.services.ports import ResultPicture

T = TypeVar("T")


def numbered(
    job: Job, posts: Sequence[Post], pictures: Mapping[int, Picture]
) -> list[ResultPicture]:
    """Number the pictures of a result; `pictures` by position. Unposted ones are left out."""
    shown: list[ResultPicture] = []
    number, of = 0, sum(len(post.positions) for post in posts)
    for post in posts:
        for place, position in enumerate(post.positions):
            number += 1
            if post.message_id is not None:
                one = ResultPicture(
                    job=job,
                    number=number,
                    of=of,
                    picture=pictures[position],
                    channel_id=post.channel_id,
                    message_id=post.message_id,
                    place=post.first_place + place,
                    removed=post.removed_at is not None,
                )
                shown.append(one)
    return shown


def counted(shown: Sequence[ResultPicture], jobs: Sequence[Job]) -> list[ResultPicture]:
    """Number the pictures of results that share a message; those of one keep their numbers."""
    if len(jobs) < 2:
        return list(shown)
    return [
        replace(one, number=number, of=len(shown), own=one.number)
        for number, one in enumerate(shown, start=1)
    ]


def standing(shown: Sequence[ResultPicture]) -> list[ResultPicture]:
    """Return the pictures that were not removed; AccessError when there is none."""
    left = [one for one in shown if not one.removed]
    if not left:
        raise AccessError(Denial.PICTURE_GONE)
    return left


def choices(shown: Sequence[ResultPicture], numbers: Sequence[int]) -> list[int]:
    """Return the numbers to choose from, when a reply leaves open which picture it means."""
    left = [one.number for one in shown if not one.removed]
    return left if len(left) > 1 and not numbers else []


def meant_by_reply(
    shown: Sequence[ResultPicture], every: Sequence[ResultPicture], numbers: Sequence[int]
) -> list[ResultPicture]:
    """Return the pictures that a reply to `shown` means, out of `every` one of that result.

    Without numbers it means the first that was not removed. RefusedError for unknown numbers.
    """
    if not numbers:
        left = [one for one in shown if not one.removed]
        return (left or list(shown))[:1]
    by_number = {one.number: one for one in every}
    if unknown := [number for number in numbers if number not in by_number]:
        violations = tuple(
            Violation(
                field="reference",
                kind=ViolationKind.NO_SUCH_PICTURE,
                values={"number": number, "limit": max(by_number)},
            )
            for number in unknown
        )
        raise RefusedError(Refusal(violations=violations))
    return [by_number[number] for number in numbers]


def in_form(text: str, chosen: Sequence[str], pictures: int) -> list[str]:
    """Return the numbers in a form: typed before the change, else chosen of so many pictures."""
    return [str(number) for number in prompt.read(text, pictures=pictures).numbers] or list(chosen)


def meant_by_form(shown: Sequence[ResultPicture], numbers: Sequence[str]) -> list[ResultPicture]:
    """Return the pictures of a message that its form means, without numbers the first.

    AccessError when none of them is there.
    """
    meant = [one for one in shown if str(one.number) in numbers] if numbers else list(shown[:1])
    if not meant:
        raise AccessError(Denial.PICTURE_GONE)
    return meant


def kept_for_form(kept: Sequence[T], numbers: Sequence[str]) -> list[T]:
    """Return which pictures of somebody's message a form means, without numbers the first."""
    places = [int(number) - 1 for number in numbers] or [0]
    return [kept[place] for place in places if place < len(kept)]
