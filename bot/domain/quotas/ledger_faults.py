"""What can be wrong with the ledger, and with its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.translatable import N_, Sentence


class LedgerFault(Sentence):
    """A broken rule of the ledger; values are named as in the database."""

    # SQLite's own words.
    OF_THE_FILE = "{line}"
    DAMAGED_FILE = N_(
        "The file is damaged; restore a backup, or what `sqlite3 FILE .recover` can save."
    )
    HOLD_AND_LEDGER = N_(
        "Hold {part} of job {job_id} is {held}, but its ledger entries add up to {entered}."
    )
    ENTRY_WITHOUT_HOLD = N_(
        "Ledger entry {entry_id} is of hold {part} of job {job_id}, which does not exist."
    )
    COUNTER_AND_HOLDS = N_(
        "The {kind} counter of server {guild_id}, member {user_id}, {window} from {starts_at}"
        " says {used}, but its holds add up to {held}."
    )
    HOLD_WITHOUT_COUNTER = N_("Hold {part} of job {job_id} is on a counter that does not exist.")
    GRANT_AND_HOLDS = N_("Grant {grant_id} says {used} used, but its holds add up to {held}.")
    GRANT_AND_LEDGER = N_(
        "Grant {grant_id} is of {amount} with {used} used, but by its ledger entries {entered}"
        " were given."
    )
    ENTRY_WITHOUT_GRANT = N_(
        "Ledger entry {entry_id} is of grant {grant_id}, which does not exist."
    )
    COUNTER_BACKWARDS = N_(
        "The {kind} counter of server {guild_id}, member {user_id}, {window} from {starts_at}"
        " ends before it begins."
    )
    HOLD_AND_JOB = N_(
        "Job {job_id} is {state}, which does not fit its hold {part}: a hold is settled when,"
        " and only when, its job ends."
    )
    DONE_UNPOSTED = N_("Job {job_id} is done, but nothing of it was posted.")
    ENDED_UNTOLD = N_("Job {job_id} {state} more than an hour ago, and its member was not told.")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One thing that is wrong, and where."""

    flaw: LedgerFault
    values: Mapping[str, object]

    def __str__(self) -> str:
        return self.flaw.filled(self.values)
