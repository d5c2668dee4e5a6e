"""Which models somebody may choose where they type, and which one they mean by a part of a name."""

from __future__ import annotations

from bot.domain.catalog import Offer, Operation
from bot.domain.job import Job
from bot.domain.requests.model_names import meant
from bot.domain.requests.request import Draft, Refusal
from bot.ui.model_label import model_label
from cogs import requesters
from cogs.context import EaselBot, Interaction


async def offered(interaction: Interaction, operation: Operation | None = None) -> list[Offer]:
    """Return one offer of each model that the member may use here, in the order of preference."""
    services, who = interaction.client.services, requesters.of(interaction)
    policy = await services.servers.policies.of(who.scope)
    models = services.requests.router.catalog.models(operation)
    return [one for one in models if policy.model_allowed(one.model_id, who.role_ids)]


def label_of(client: EaselBot, job: Job) -> str:
    """Return what the model of a job is called, as far as that is told."""
    return model_label(client.services.requests.router.catalog, job)


async def called(
    interaction: Interaction, text: str, operation: Operation = Operation.GENERATE
) -> tuple[str, ...]:
    """Return the models that a text means here."""
    router = interaction.client.services.requests.router
    here = {one.model_id for one in await offered(interaction)}
    return meant(
        router.catalog,
        text,
        operation,
        usable=lambda offer: offer.enabled and offer.model_id in here,
        preferred=router.defaults.of(operation),
    )


async def serving(interaction: Interaction, text: str | None, operation: Operation) -> Offer | None:
    """Return the offer that serves a model as it was typed, or the default without one."""
    models = await called(interaction, text, operation) if text else ()
    here = {one.model_id for one in await offered(interaction)}
    draft = Draft(prompt="", model=models[0] if models else text, operation=operation)
    offers = interaction.client.services.requests.router.offers(draft, here.__contains__)
    return None if isinstance(offers, Refusal) else offers[0]
