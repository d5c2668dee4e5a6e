"""What tickets and `/quota` say of a request and of its member: sources, what is left, blocks."""

from __future__ import annotations

import io

from PIL import Image

from tests.cogs.member_actions import manager, restart
from tests.world import World, labels_of, png, text_of


def mask() -> bytes:
    """Return a mask: the middle may change."""
    picture = Image.new("L", (640, 480), 0)
    picture.paste(255, (200, 150, 400, 300))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def test_a_ticket_names_the_pictures_and_the_mask_that_a_request_starts_from(
    world: World,
) -> None:
    world.apis.gate.clear()
    masked = await world.alice.slash(
        world.art,
        "edit",
        prompt="a hat",
        model="gpt-image-2",
        image1=("cat.png", png()),
        image2=("hat.png", png()),
        mask=("mask.png", mask()),
    )
    plain = await world.alice.slash(world.art, "imagine", prompt="a fox")

    assert "1 picture · from 2 pictures · with a mask · 1 credit" in text_of(masked.response)
    assert "1 picture · 1 credit" in text_of(plain.response)
    world.apis.gate.set()
    await world.finished()
    assert "1 picture · from 2 pictures · with a mask" in text_of(masked.response)


async def test_a_ticket_that_is_done_says_what_is_left_by_then(world: World) -> None:
    world.apis.gate.clear()
    first = await world.alice.slash(world.art, "imagine", prompt="a fox")
    second = await world.alice.slash(world.art, "imagine", prompt="a hen", count=3)
    assert "1 credit, 9 left" in text_of(first.response)
    world.apis.gate.set()
    await world.finished()

    # The first one counts the second, which was asked meanwhile.
    assert "· 1 credit, 6 left" in text_of(first.response)
    assert "· 3 credits, 6 left" in text_of(second.response)


async def test_what_is_left_follows_the_limit_of_the_members_role(world: World) -> None:
    patron = world.guild.create_role("Patrons")
    paul = world.guild.add_member(world.env.create_user("paul"), roles=[patron])
    maya = manager(world)
    await maya.slash(world.art, "limits role", role=patron, window="day", credits=50)

    asked = await paul.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    assert "· 1 credit, 49 left" in text_of(asked.response)

    await maya.slash(world.art, "limits role", role=patron, window="day", unlimited=True)
    asked = await paul.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    assert text_of(asked.response).splitlines()[0].endswith("· 1 credit")


async def test_a_list_of_requests_shows_a_done_ticket_with_what_is_left(world: World) -> None:
    await world.alice.slash(world.art, "imagine", prompt="a fox")
    await world.finished()
    await restart(world)

    listed = await world.alice.slash(world.art, "jobs")
    (job,) = await world.jobs(world.alice)
    assert listed.response
    shown = await world.alice.select(listed.response.message, [job.job_id])
    assert "**Done**" in text_of(shown.response)
    assert "1 credit, 9 left" in text_of(shown.response)


async def test_who_is_blocked_reads_it_in_their_quota_with_reason_and_end(world: World) -> None:
    await world.decide("log_channel", world.art.id)
    before = await world.alice.slash(world.art, "quota")
    assert "Ask for more" in labels_of(before.response)
    await world.mora.slash(
        world.art, "moderate block", member=world.alice, duration="1 day", reason="*spam*"
    )

    for shown in (
        await world.alice.slash(world.art, "quota"),
        await world.alice.context_menu(world.art, "Image quota", world.alice),
    ):
        told = text_of(shown.response)
        assert "⛔ Your requests are blocked here; this ends <t:" in told
        assert r"Reason: \*spam\*" in told
        assert labels_of(shown.response) == []
        assert "10 left" in told

    await world.mora.slash(world.art, "moderate unblock", member=world.alice)
    after = await world.alice.slash(world.art, "quota")
    assert "blocked" not in text_of(after.response)


async def test_where_a_limit_comes_from_stands_next_to_the_limit(world: World) -> None:
    maya = manager(world)
    await maya.slash(world.art, "limits member", member=world.alice, window="day", credits=20)
    await world.mora.slash(world.art, "moderate grant", member=world.alice, credits=5)
    shown = await world.alice.slash(world.art, "quota")

    lines = text_of(shown.response).splitlines()
    place = next(n for n, line in enumerate(lines) if "of 20 credits used today" in line)
    assert lines[place + 1] == "-# A moderator set this just for you."
    assert lines[place + 2] == "Extra: **5 credits**"
