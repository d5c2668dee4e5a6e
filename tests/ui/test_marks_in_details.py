"""Which marks went out stands in the details of a result."""

from __future__ import annotations

from dataclasses import replace

from discord.ui import TextDisplay

from bot.domain.job import Picture, PictureState
from bot.services.ports import ResultPicture
from bot.ui.cards.details import details
from tests.cases import every_case
from tests.ui.samples import job


def shown(*marks: str | None) -> list[ResultPicture]:
    one = job()
    picture = Picture(job_id=one.job_id, position=0, call_seq=0, state=PictureState.FETCHED)
    return [
        ResultPicture(
            job=one,
            number=number,
            of=len(marks),
            place=number - 1,
            picture=replace(picture, marks=stored),
            channel_id=10,
            message_id=30,
            removed=False,
        )
        for number, stored in enumerate(marks, start=1)
    ]


@every_case(
    ("marks", "lines"),
    [
        (("kept",), ["content credentials of the image service, unchanged"]),
        (("trusted signed",), ["content credentials by me: valid, issuer known"]),
        (
            ("kept valid trusted",),
            ["valid content credentials of a known issuer, as the image service made them"],
        ),
        (("kept valid",), ["valid content credentials of the image service, unchanged"]),
        (
            ("kept broken aigc",),
            [
                "**broken** content credentials, as the image service made them and China's field"
                " AIGC"
            ],
        ),
        (
            ("signed iptc aigc",),
            [
                "content credentials by me: valid, issuer not known, a field that says how it was"
                " made (IPTC) and China's field AIGC"
            ],
        ),
        (("",), ["none"]),
        (("kept", "kept"), ["content credentials of the image service, unchanged"]),
        (("", "iptc"), ["none", "a field that says how it was made (IPTC)"]),
        ((None,), []),
    ],
)
def test_details_name_the_marks_that_went_out(
    marks: tuple[str | None, ...], lines: list[str]
) -> None:
    pictures = shown(*marks)
    card = details(pictures[0].job, pictures, pictures[:1], label="A", now=0)
    texts = (item for item in card.walk_children() if isinstance(item, TextDisplay))
    said = "\n".join(item.content for item in texts)
    begin = "Marks in the file: "
    assert [
        line.removeprefix(begin) for line in said.splitlines() if line.startswith(begin)
    ] == lines
