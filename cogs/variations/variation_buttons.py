"""What a choice of the menu of variations does: which picture, the price, the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.errors import AccessError, Denial
from bot.domain.job import Destination, Job
from bot.domain.variations.plan import Plan, Wish
from bot.services.ports import ResultPicture
from bot.services.requests import picture_numbers
from bot.ui import buttons
from bot.ui.cards import cards
from bot.ui.cards.members import variations as panel
from bot.ui.messages import results as result_words
from bot.ui.messages import tickets
from bot.ui.messages.requests import variations as words
from cogs import requesters, responses, submitting
from cogs.context import Interaction
from cogs.members import result_buttons
from cogs.persistent_button import JobButton, PersistentSelect, blank_submission, visible_job


class VariationMenu(PersistentSelect, template=buttons.VARIATIONS):
    """The list below a result's details: makes it, after a question where that is due."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        wish = panel.wished(values[0]) if values else None
        job = await visible_job(interaction, self.values["job"])
        if job is None or wish is None:
            await responses.answer(interaction, cards.notice(tickets.REQUEST_UNKNOWN))
            return
        if not wish.what.of_picture:
            await _begin(interaction, job, wish, None)
            return
        shown = await interaction.client.services.requests.results.of_job(job.job_id)
        standing = picture_numbers.standing(shown)
        if len(standing) == 1:
            await _begin(interaction, job, *_of(wish, standing[0]))
            return
        # Who may not ask, or cannot pay, need not choose first.
        if await _plan(interaction, job, *_of(wish, standing[0])) is None:
            return
        await responses.defer(interaction, fresh=True)
        choices = await result_buttons.choices(interaction, standing)
        custom_id = buttons.variation_pick(job.job_id, panel.value(wish))
        await result_buttons.ask_which(interaction, custom_id, choices, panel.OF_WHICH)


class VariationPick(PersistentSelect, template=buttons.VARIATION_PICK):
    """The list below a result's pictures: of which one the variation is to be."""

    async def chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        job = await visible_job(interaction, self.values["job"])
        number = int(values[0]) if values and values[0].isdecimal() else 0
        found = await _named(interaction, job, self.values["variation"], number) if job else None
        if job is None or found is None:
            await responses.answer(interaction, cards.notice(tickets.REQUEST_UNKNOWN))
            return
        await _begin(interaction, job, *found)


class VariationMake(JobButton, template=buttons.VARIATION_MAKE):
    """The button with the price: pressed twice, it is one request."""

    async def pressed_on(self, interaction: Interaction, job: Job) -> None:
        number, variation = int(self.values["number"]), self.values["variation"]
        found = await _named(interaction, job, variation, number)
        plan = await _plan(interaction, job, *found) if found else None
        if found is None or plan is None:
            return
        if plan.request.credits > int(self.values["credits"]):
            # It has become dearer: that is said before it is spent.
            await responses.answer(interaction, panel.question(job, plan, interaction.id))
            return
        origin = f"f:{self.values['opened']}:{interaction.user.id}"
        await _make(interaction, job, plan, found[1], origin)


async def _begin(
    interaction: Interaction, job: Job, wish: Wish, shown: ResultPicture | None
) -> None:
    """Make what was chosen, or say its price first."""
    plan = await _plan(interaction, job, wish, shown)
    if plan is None:
        return
    if plan.asks_first:
        await responses.answer(interaction, panel.question(job, plan, interaction.id))
        return
    await _make(interaction, job, plan, shown, f"i:{interaction.id}")


async def _plan(
    interaction: Interaction, job: Job, wish: Wish, shown: ResultPicture | None
) -> Plan | None:
    """Return how it is made; None where it cannot be, which was said.

    Raises AccessError, QuotaError, RefusedError.
    """
    requests, who = interaction.client.services.requests, requesters.of(interaction)
    if not wish.what.of_picture:
        if (await result_buttons.prompts_for(interaction))(job) is None:
            await responses.answer(interaction, cards.notice(result_words.AGAIN_HIDDEN))
            return None
        if not job.request.prompt:
            raise AccessError(Denial.PROMPT_DELETED)
    private = job.destination is not Destination.CHANNEL
    await requests.intake.admit(who, private=private)
    plan = await requests.variations.plan(job, wish, shown, who, words.order)
    if plan is None:
        await responses.answer(interaction, cards.notice(words.cannot(wish.what)))
    return plan


async def _make(
    interaction: Interaction, job: Job, plan: Plan, shown: ResultPicture | None, origin: str
) -> None:
    blank = replace(blank_submission(interaction), origin=origin)
    variations = interaction.client.services.requests.variations
    filling = variations.submission(job, plan, shown, blank)
    submission = await responses.await_or_defer(interaction, filling, fresh=True)
    await submitting.submit(interaction, submission)


async def _named(
    interaction: Interaction, job: Job, variation: str, number: int
) -> tuple[Wish, ResultPicture | None] | None:
    """Return the wish of a custom id, with the picture of that number; None for no wish.

    Raises AccessError when the picture is gone.
    """
    wish = panel.wished(variation)
    if wish is None or not wish.what.of_picture:
        return (wish, None) if wish else None
    shown = await interaction.client.services.requests.results.of_job(job.job_id)
    for one in picture_numbers.standing(shown):
        if one.number == number:
            return _of(wish, one)
    raise AccessError(Denial.PICTURE_GONE)


def _of(wish: Wish, shown: ResultPicture) -> tuple[Wish, ResultPicture]:
    return replace(wish, number=shown.number, of=shown.of), shown
