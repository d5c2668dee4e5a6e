"""What the operator is told when only they can fix something."""

from __future__ import annotations

from bot.domain.circuit_breaker import CircuitTrouble
from bot.domain.errors import SetupError
from bot.domain.provenance import SigningProblem
from bot.domain.safety.verdicts import Check
from bot.services.ports import AuditEntry
from bot.ui.language import Phrase, _
from bot.ui.messages.operator import setup_problems
from bot.ui.messages.staff import audit_log
from bot.ui.messages.words import relative_time, sentences

_TROUBLES = {
    CircuitTrouble.KEY: Phrase(
        "it refuses the API key. Put a valid one into the configuration and restart"
    ),
    CircuitTrouble.CREDIT: Phrase("its account is out of credit. Top up the account"),
    CircuitTrouble.FAILING: Phrase("it failed several times in a row"),
    CircuitTrouble.OPERATOR: Phrase("you paused it"),
    CircuitTrouble.ASYNCHRONOUS: Phrase(
        "it answers with tasks to ask for later, which I do not do. Let it answer with pictures, "
        "or name another service"
    ),
    CircuitTrouble.REFUSING: Phrase("it refuses everything"),
}
# The service goes on: only the operator can tell what is behind it.
_MINORS = {
    Check.PROMPTS: Phrase("I refused words of user {user_id}, because they concern minors"),
    Check.REFERENCES: Phrase(
        "I refused a reference picture of user {user_id}, because it concerns minors"
    ),
    Check.RESULTS: Phrase("I refused a result of user {user_id}, because it concerns minors"),
}
_WARNINGS = {
    CircuitTrouble.ASYNCHRONOUS: Phrase(
        "⚠️ The image service **{name}** answered with a task to ask for later, which I do not do. "
        "The member got their credits back, but the picture may be charged to you. The log has "
        "the task's id. Let it answer with pictures, or name another service."
    ),
    CircuitTrouble.REFUSING: Phrase(
        "⚠️ The image service **{name}** refused requests of five different members within ten "
        "minutes and made no picture between. Check your account there, and its content filter. "
        "These refusals are not held against the members."
    ),
}


def trouble(reason: str) -> Phrase:
    """Return why an image service is paused, as a part of a sentence."""
    return _TROUBLES[CircuitTrouble(reason)]


def provider(name: str, trouble: CircuitTrouble, until: int | None) -> str:
    """Return that an image service is paused, why, and how it goes on; or a warning."""
    if until is None and trouble in _WARNINGS:
        return _WARNINGS[trouble].filled(name=name)
    return sentences(
        _("⚠️ The image service **{name}** is paused: {why}.", name=name, why=_TROUBLES[trouble]),
        _("I will try it again {when}.", when=relative_time(until)) if until else "",
        _(
            "Requests go to another service that serves the model, where there is one. Without "
            "one, waiting requests are kept and no new ones are accepted."
        ),
        _("`easel resume --provider {name}` tries it at once.", name=name),
    )


def database(error: SetupError) -> str:
    """Return that the database cannot be used, and what is to be done."""
    return _(
        "⚠️ I cannot write to the database: {problem}. Until it works again, I refuse requests and "
        "charge nothing. I will continue automatically.",
        problem=setup_problems.setup(error),
    )


def database_over() -> str:
    """Return that the database can be used again."""
    return _("✅ The database works again, and I accept requests.")


def picture_store(error: SetupError) -> str:
    """Return that pictures cannot be kept, and what is to be done."""
    return _(
        "⚠️ I cannot keep pictures: {problem}. Until that works again, I refuse requests, and "
        "accepted ones wait before they are sent. I will continue automatically.",
        problem=setup_problems.setup(error),
    )


def picture_store_over() -> str:
    """Return that pictures can be kept again."""
    return _("✅ The picture store works again, and I accept requests.")


def signing(problem: SigningProblem) -> str:
    """Return that pictures are not signed, why, and what goes out meanwhile."""
    return _(
        "⚠️ I cannot sign pictures: {problem}. Until that is fixed, they are posted with the marks "
        "that need no certificate, and without content credentials.",
        problem=setup_problems.signing(problem),
    )


def signing_over() -> str:
    """Return that pictures are signed again."""
    return _("✅ Pictures are signed again.")


def judge_away(name: str, why: str) -> str:
    """Return that a judge does not answer, and what is to be done."""
    return _(
        "⚠️ The judge **{name}** does not answer ({why}). What it should judge is treated as "
        "`safety.away` says. I will continue to ask it. `easel check` shows whether it works.",
        name=name,
        why=why,
    )


def minors(check: Check, job_id: str, guild_id: int, user_id: int) -> str:
    """Return that something was refused because it concerns minors; never what it was."""
    what = _MINORS[check].filled(user_id=user_id)
    where = _("server {guild_id}", guild_id=guild_id) if guild_id else _("direct messages")
    if job_id:
        where = _("request {job_id}, {where}", job_id=job_id, where=where)
    return sentences(
        _("🚨 {what} ({where}).", what=what, where=where),
        _("Nobody was shown it, and nobody can approve it."),
    )


def change(entry: AuditEntry) -> str | None:
    """Return a change of the whole bot that the operator did not make; None for their own."""
    if entry.action != "budget_warning":
        return None
    return _(
        "⚠️ **{budget}**: {warning}.",
        budget=audit_log.budget(entry),
        warning=audit_log.warning(entry),
    )
