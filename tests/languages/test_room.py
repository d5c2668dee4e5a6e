"""Everything that is said fits where Discord shows it, in every language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from discord import ui

from bot.domain.catalog import Operation
from bot.domain.errors import AccessError, Denial, PictureProblem
from bot.domain.job import Destination, Job, Picture, PictureState
from bot.domain.quotas.rules import Effective, Level, Rule, Subject
from bot.domain.quotas.windows import Window
from bot.domain.requests.request import (
    Draft,
    Obstacle,
    Refusal,
    Violation,
    ViolationKind,
)
from bot.domain.requests.routing import Defaults
from bot.domain.server import ServerSettings
from bot.domain.text.wordlist import WordError, WordProblem
from bot.services.ports import HistoryEntry, HistoryPage, Remedies, ResultPicture
from bot.ui import (
    durations,
    forms,
    language,
    messages,
    suggestions,
)
from bot.ui.cards import (
    audit_log,
    cards,
    details,
    forbidden_words,
    history,
    info,
    moderation,
    picture_choice,
    privacy,
    public_replies,
    reports,
    setup,
)
from bot.ui.discord_api import discord_limits, result_message
from bot.ui.durations import UnclearError
from bot.ui.messages.staff import moderation as moderation_words
from bot.ui.messages.staff import setup as setup_words
from bot.ui.messages.words import relative_time
from bot.ui.text import escaped
from tests.domain.shipped import V45, V50
from tests.ui.samples import job, part, progress
from tests.ui.test_audit_log_cards import entry
from tests.ui.test_cards import NOTES, STATES
from tests.ui.test_info_cards import quota_status, used
from tests.ui.test_messages import CATALOG, VALUES

each_language = pytest.mark.parametrize("spoken", language.LANGUAGES)
# Discord's own, by component: docs/spec/discord.md section 1.4.
ROOM = {
    ("label", 2): 80,
    ("label", 18): 45,
    ("description", 18): 100,
    ("placeholder", 4): 100,
    **{("placeholder", kind): 150 for kind in (3, 5, 6, 7, 8)},
}
OPTION = {"label": 100, "description": 100, "value": 100}
BUTTON_ON_A_PHONE = 38
WIDE = "画" * 100
EMOJI = "🎨" * 100
LONG = {"wide": "把这张图改成夜晚的样子，" * 40, "emoji": EMOJI * 5}


@pytest.fixture(autouse=True)
def reader(spoken: str) -> Iterator[None]:
    with language.speaking(spoken):
        yield


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from nodes(value)


def assert_has_room(shown: ui.View | ui.LayoutView | ui.Modal) -> None:
    """Hold a card, a row or a form against what Discord takes."""
    sent = shown.to_dict() if isinstance(shown, ui.Modal) else shown.to_components()
    texts: list[str] = []
    for node in nodes(sent):
        kind = node.get("type")
        texts += [node["content"]] if kind == 10 else []
        assert len(node.get("title") or "") <= 45, node
        for name, value in node.items():
            if isinstance(value, str) and (room := ROOM.get((name, kind or 0))):
                assert 0 < len(value) <= room, node
        for option in node.get("options") or ():
            for name, room in OPTION.items():
                assert len(option.get(name) or "x") <= room, option
    assert all(texts)
    assert sum(map(len, texts)) <= discord_limits.LAYOUT_CHARACTERS, json.dumps(texts)[:500]
    assert sum(len(text.encode()) + 12 for text in texts) <= discord_limits.LAYOUT_BYTES, texts


@each_language
def test_forms(spoken: str) -> None:
    models = suggestions.models(CATALOG.models(Operation.EDIT), "")
    draft = Draft(prompt=WIDE, size="2K", count=4)
    for form in (
        forms.edit("x", numbers=range(1, 16), models=models),
        *(forms.blend("x", basket=count, models=models) for count in (0, 1, 16)),
        forms.fix("x", draft, draft, models),
        forms.imagine("x", WIDE * 41, models),
        forms.find("x"),
        forms.report("x"),
        forms.grant("x"),
        forms.block("x"),
        setup.zone_form("America/Argentina/ComodRivadavia"),
    ):
        assert_has_room(form)


@each_language
def test_pictures_to_choose_from(spoken: str, tmp_path: Path) -> None:
    small = tmp_path / "small.jpg"
    small.write_bytes(b"x")
    for count in (2, 10, 40):
        choices = [
            picture_choice.Choice(number=number, alt=WIDE, spoiler=True, thumbnail=small)
            for number in range(1, count + 1)
        ]
        card, files = picture_choice.card("x", choices)
        assert_has_room(card)
        assert card.total_children_count <= discord_limits.LAYOUT_COMPONENTS
        assert len(files) == min(count, picture_choice.MOST_SHOWN)


@each_language
def test_pages_of_facts(spoken: str) -> None:
    offers = [CATALOG.of(one.model_id) for one in CATALOG.models()]
    every = [info.models(offers, Defaults(generate=V45, edit=V50)), *map(info.model, offers)]
    windows = [used(10, 10, window) for window in Window]
    found = Effective(level=Level.CONFIGURATION, allowance=())
    quota = info.quota(quota_status(windows, server=windows, found=found), 9, most=4)
    help_page, sure = info.help_page(), privacy.sure()
    settled = [
        privacy.card(
            file_hours=24, others_may_edit=one, in_galleries=one, services=[WIDE], done="x"
        )
        for one in (True, False)
    ]
    for card in (*every, quota, help_page, sure, *settled):
        assert_has_room(card)
    shown = "".join(cards.texts_of(every[0]))
    assert all(one[0].label in shown for one in offers), "each model is there"


@each_language
@pytest.mark.parametrize("prompt", LONG.values(), ids=LONG)
def test_tickets_results_and_lists(spoken: str, prompt: str, tmp_path: Path) -> None:
    jobs = [
        job(prompt, destination=one, notes=NOTES, **state)
        for state in STATES.values()
        for one in (Destination.CHANNEL, Destination.INTERACTION, Destination.PICKUP)
    ]
    for one in jobs:
        now = progress(one)
        assert_has_room(cards.ticket(now, label=WIDE, left=100_000))
        assert_has_room(cards.trouble(one))
        assert_has_room(details.failure(now, [], label=WIDE))
    assert_has_room(moderation.queue(jobs, 1))
    file = tmp_path / "a.png"
    file.write_bytes(b"\x89PNG")
    assert (
        len(result_message.caption(part(jobs[0], [file], missing=3), WIDE))
        <= discord_limits.CONTENT_CHARACTERS
    )
    shown = [pictured(jobs[0], number) for number in range(1, 16)]
    chain = [shown[0]] * 12
    assert_has_room(details.details(jobs[0], shown, chain, label=WIDE, now=0))
    assert_has_room(details.remove_sure(jobs[0]))
    assert_has_room(details.basket(16))
    assert_has_room(reports.report(report_of(shown[0], WIDE, prompt)))
    assert_has_room(moderation.wants_more(9, 100_000))
    assert_has_room(public_replies.pick(1, range(1, 16)))


def report_of(shown: ResultPicture, text: str, prompt: str) -> reports.Report:
    """Return a report with everything that can be on its card."""
    note = moderation_words.REPORT_PICTURES_ADULT
    return reports.Report(
        shown=shown,
        label=text,
        reason=text,
        text=text[:400],
        prompt=prompt,
        reporter_id=2**62,
        note=note,
    )


def pictured(submission: Job, number: int) -> ResultPicture:
    picture = Picture(
        job_id=submission.job_id,
        position=number,
        call_seq=number,
        state=PictureState.FETCHED,
        source_url="https://a.example/x.png",
        width=9999,
        height=9999,
    )
    return ResultPicture(
        job=submission,
        number=number,
        of=number,
        picture=picture,
        channel_id=10**18,
        message_id=10**18,
        place=0,
        removed=False,
    )


DRAFT = "0123456789ABC"
REMEDIES = Remedies(
    fix=DRAFT,
    rephrase=DRAFT,
    fewer=DRAFT,
    count=15,
    use=DRAFT,
    other_label="Seedream 5.0 Lite (gateway)",
    other_credits=100,
    ask=True,
)


@each_language
@pytest.mark.parametrize("prompt", [*LONG.values(), "*" * 500], ids=[*LONG, "escaped"])
@pytest.mark.parametrize("open_requests", [0, 9, 24])
def test_pages_of_requests(spoken: str, prompt: str, open_requests: int, tmp_path: Path) -> None:
    done = job(prompt, **STATES["done"])
    entry = HistoryEntry(
        progress=progress(done),
        shown=(pictured(done, 15),),
        thumbnail="https://a.example/x.png",
    )
    small = tmp_path / "small.jpg"
    small.write_bytes(b"x")
    waiting = HistoryEntry(progress=progress(job(prompt, **STATES["queued"])))
    page = HistoryPage(
        open=(waiting,) * open_requests,
        ended=(entry, replace(entry, thumbnail=small)) * 5 if open_requests < 24 else (entry,),
        before="0123456789ABC",
        search="*" * 32,
        older="0123456789ABC",
        more_open=1,
        searched_to=2**31,
    )
    if open_requests == 9:
        page = replace(page, ended=(entry,))
    card, files = history.page(page, lambda _: WIDE)
    assert_has_room(card)
    assert card.total_children_count <= discord_limits.LAYOUT_COMPONENTS
    assert len(files) == (5 if open_requests == 0 else 0)
    texts = cards.texts_of(card)
    assert len(texts) == 1 + len(page.entries), "each request is there"
    assert card.content_length() <= discord_limits.LAYOUT_CHARACTERS
    for search in ("", "🎨" * 32):
        empty = HistoryPage(open=(), ended=(), search=search)
        assert_has_room(history.page(empty, lambda _: WIDE)[0])
    gone = replace(entry, shown=(replace(entry.shown[0], removed=True),))
    for one in (entry, gone, waiting):
        ticket = cards.ticket(one.progress, label=WIDE)
        assert_has_room(history.chosen(one, ticket, WIDE, before="0123456789ABC", search="🎨" * 32))


@each_language
def test_refusals(spoken: str) -> None:
    every = [
        Violation(field="size", kind=kind, values=values, suggestion="1024x1024")
        for kind, values in VALUES.items()
    ]
    for one in every:
        assert_has_room(cards.refusal(Refusal(violations=(one,)), remedies=REMEDIES))
        assert len(messages.violation(one)) <= 300
    ways = tuple(Obstacle(labels=(WIDE,) * 8, fields=("seed", "size", "reference")) for _ in "abc")
    refused = Refusal(violations=tuple(every), other_credits=100, notes=NOTES, obstacles=ways)
    assert_has_room(cards.refusal(refused, other_label=WIDE, remedies=REMEDIES))
    pictures = [
        Violation(
            field="reference",
            kind=ViolationKind.PICTURE,
            values={"position": 16, "name": WIDE, "problem": problem, "limit": 36_000_000},
        )
        for problem in PictureProblem
    ]
    assert_has_room(cards.refusal(Refusal(violations=tuple(pictures))))


@each_language
@pytest.mark.parametrize("name", [WIDE, EMOJI], ids=["wide", "emoji"])
def test_panels_of_staff(spoken: str, name: str) -> None:
    settings = ServerSettings(log_channel=10**18, time_zone="Asia/Shanghai")
    reason = name * 4
    changed = [
        entry("setting", "paused", None, {"until": 2**31, "reason": reason}, reason=reason),
        entry("word", name, None, True, reason=reason),
        entry("model", f"{name}|9", "allow", "deny", reason=reason),
        entry("rule", "member:9:month", {"credits": 5, "until": 2**31}, {"credits": None}),
    ]
    for one in changed:
        assert_has_room(audit_log.change_card(one, [reason]))
    undo = {one.audit_id for one in changed}
    assert_has_room(moderation.history(changed * 2, before=1, about=2, actor_id=3, undo=undo))
    words_added = [entry("word", name, None, True)] * 30
    wrong = [(hostile_word, WordError(WordProblem.TOO_SHORT, 2)) for hostile_word in [name] * 30]
    assert_has_room(forbidden_words.added(words_added, [name] * 30, wrong, undo))
    named = [(f"{n}|0", name) for n in range(60)]
    for page in setup_words.PAGES:
        assert_has_room(setup.rules(page, named))
    for key in setup_words.ABOUT:
        assert_has_room(setup.setting(settings, key, reason))
    lacking = [setup_words.right(one) for one in ("view_channel", "send_messages", "attach_files")]
    overview = setup.Overview(
        settings=settings,
        rules={page: [name] * 60 for page in setup_words.PAGES},
        words=500,
        checks=[setup_words.lacking(f"<#{10**18}>", lacking)] * 12,
    )
    many = [Rule(subject=Subject.BUDGET, window=one, credits=100_000) for one in Window]
    overview = replace(overview, everyone=many, budget=many, other_limits=200)
    for one in changed:
        assert_has_room(setup.overview(overview, [one], [setup_words.LOG_OPEN], undo=undo))
    assert_has_room(setup.overview(overview, changed * 4, undo=undo))


@each_language
def test_what_people_wrote_is_shown_and_never_filled_in(spoken: str) -> None:
    hostile = "{count} {0.__class__} %s ⟦x⟧"
    submission, kinds = job(hostile), ViolationKind
    values: dict[ViolationKind, dict[str, object]] = {
        kinds.WORD: {"word": hostile},
        kinds.MODEL_NOT_HERE: {"model": hostile},
        kinds.SIZE_UNREADABLE: {"size": hostile, "legal": (hostile,)},
        kinds.FLAG_VALUE: {"flag": hostile, "value": hostile},
        kinds.PICTURE: {"position": 1, "name": hostile, "problem": PictureProblem.BROKEN},
    }
    blocked = AccessError(Denial.BLOCKED, until=2**31, reason=hostile)
    shown = [
        *map(
            messages.violation, (Violation(field="x", kind=k, values=v) for k, v in values.items())
        ),
        messages.denial(blocked, relative_time, escaped),
        audit_log.line(entry("word", hostile, None, True, reason=hostile)),
        audit_log.line(entry("setting", "time_zone", hostile, hostile)),
        "\n".join(cards.texts_of(cards.ticket(progress(submission), label=hostile))),
        "\n".join(
            cards.texts_of(reports.report(report_of(pictured(submission, 1), hostile, hostile)))
        ),
        "\n".join(cards.texts_of(forbidden_words.added([], [hostile], [], ()))),
        *(name for name, _ in suggestions.words([hostile], "")),
        str(durations_of(hostile)),
    ]
    assert [text for text in shown if "{count} {0." not in text] == []


def durations_of(typed: str) -> UnclearError:
    with pytest.raises(UnclearError) as raised:
        durations.parse(typed, now=0)
    return raised.value


@each_language
@pytest.mark.parametrize("letter", ["画", "🎨", "x"])
def test_forbidden_words_are_listed_or_in_a_file(spoken: str, letter: str) -> None:
    """A list of wide letters is longer for Discord than it looks: it may not vanish."""
    for count in range(440, 520, 3):
        listed = [letter * 5] * count
        card, files = forbidden_words.listed(listed)
        assert_has_room(card)
        assert files or len(cards.texts_of(card)) == 2, count
