"""What `easel jobs` says."""

from __future__ import annotations

from bot.services.ports import OpenJob
from bot.ui.language import Phrase

JOBS_HELP = Phrase("""List open requests, oldest first, from the live database.

Columns: request, state, image service, model, server, user, age, and why it is stuck, if it is.
""")
STUCK_HELP = Phrase(
    "Only those that should have moved on by now. A running bot handles them automatically."
)
NOTHING_UNDER_WAY = Phrase("No requests are open.")
NOTHING_STUCK = Phrase("No requests are stuck.")

_WHY = {
    None: "",
    "not_worked_on": Phrase(
        "its process is gone and no other has taken it over: is the bot running?"
    ),
    "overdue": Phrase("its time is up, but it was not ended: is the bot running?"),
    "untold": Phrase("it ended, but its member was not told: is Discord reachable?"),
}


def job(one: OpenJob, why: str | None, *, now: int) -> str:
    """Return a line about a request, its columns separated by tabs."""
    columns = (
        one.job_id,
        _state(one),
        one.provider,
        one.model_id,
        str(one.guild_id or "direct"),
        str(one.user_id),
        _age(max(now - one.created_at, 0)),
        str(_WHY[why]),
    )
    return "\t".join(columns).rstrip("\t")


def _state(one: OpenJob) -> str:
    """Return a state; of pictures that are there, what they wait for."""
    if one.parked:
        return "pick-up"
    return "waits for others" if one.collected else one.state.value


def _age(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
