"""`/compare`: one prompt, two to four models, one post; the price is said before it is spent."""

from __future__ import annotations

from dataclasses import replace

from discord import app_commands
from discord.ext import commands

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.requests.request import ImageRequest
from bot.domain.text.typed_request import typed_request
from bot.services.comparisons.comparing import Plan
from bot.services.requests.submission import Submission
from bot.ui import buttons, suggestions
from bot.ui.cards import cards
from bot.ui.cards.members import comparisons as panel
from bot.ui.discord_api import discord_limits
from bot.ui.messages import commands as words
from bot.ui.messages.requests import comparisons as comparison_words
from bot.ui.messages.suggestions import size_typed
from cogs import error_cards, models_here, requesters, responses
from cogs.context import EaselBot, Interaction
from cogs.persistent_button import PersistentButton, blank_submission
from cogs.styles import styles_here
from cogs.typed_prompt import typed_text

_ASPECTS = [
    app_commands.Choice(name=words.ASPECT_AUTO, value="auto"),
    *(app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS),
]
_MODELS = ("model-a", "model-b", "model-c", "model-d")


class CompareCog(commands.Cog):
    """Parses the command and asks with the price."""

    def __init__(self, _: EaselBot) -> None:
        super().__init__()

    @app_commands.command(description=words.COMPARE)
    @app_commands.describe(**words.COMPARE_OPTIONS)
    @app_commands.rename(
        model_a=_MODELS[0], model_b=_MODELS[1], model_c=_MODELS[2], model_d=_MODELS[3]
    )
    @app_commands.choices(aspect=_ASPECTS)
    @app_commands.guild_only()
    @app_commands.allowed_installs(guilds=True, users=False)
    async def compare(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, discord_limits.PROMPT_CHARACTERS],
        model_a: str,
        model_b: str,
        model_c: str | None = None,
        model_d: str | None = None,
        aspect: str | None = None,
        size: str | None = None,
        style: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        typed = typed_request(
            typed_text(interaction.guild, prompt, with_numbers=False),
            Operation.GENERATE,
            {
                "style": style,
                "size": size_typed(size),
                "aspect": aspect,
                # The models are named already; one picture of each, for everybody.
                "model": model_a,
                "count": 1,
                "spoiler": spoiler,
                "private": False,
            },
        )
        submission = blank_submission(interaction).asking(typed)
        models = [model for model in (model_a, model_b, model_c, model_d) if model]
        async with responses.refusals_answered(interaction):
            await _ask(interaction, submission, models)

    @compare.autocomplete("model_a")
    @compare.autocomplete("model_b")
    @compare.autocomplete("model_c")
    @compare.autocomplete("model_d")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        here = await models_here.offered(interaction, Operation.GENERATE)
        given = interaction.namespace
        named = {
            value for name in _MODELS if (value := getattr(given, name, None)) and value != typed
        }
        found = suggestions.models([one for one in here if one.model_id not in named], typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @compare.autocomplete("style")
    async def _styles(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await styles_here.suggested(interaction, typed, Operation.GENERATE)

    @compare.autocomplete("size")
    async def _sizes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        aspect: str | None = interaction.namespace.aspect
        model: str | None = getattr(interaction.namespace, _MODELS[0], None)
        offer = await models_here.serving(interaction, model, Operation.GENERATE)
        if offer is None:
            return []
        found = suggestions.sizes(offer, None if aspect == "auto" else aspect, typed)
        return [app_commands.Choice(name=name, value=value) for name, value in found]


class CompareButton(PersistentButton, template=buttons.COMPARE):
    """The button with the price: pressed twice, it is one comparison."""

    async def pressed(self, interaction: Interaction) -> None:
        services, draft_id = interaction.client.services, self.values["draft"]
        drafts, who = services.requests.drafts, requesters.of(interaction)
        models = await drafts.compared(draft_id, who.user_id)
        kept = await drafts.submission(draft_id, who, f"d:{draft_id}") if models else None
        if kept is None:
            await responses.answer(interaction, cards.notice(comparison_words.KEPT_NO_LONGER))
            return
        blank = blank_submission(interaction)
        submission = replace(
            kept, ticket_token=blank.ticket_token, ticket_expires_at=blank.ticket_expires_at
        )
        async with responses.refusals_answered(interaction):
            await _make(interaction, submission, models, int(self.values["credits"]), draft_id)


async def _ask(interaction: Interaction, submission: Submission, models: list[str]) -> None:
    """Say what it costs and which models are left out, before anything is spent."""
    services = interaction.client.services
    who = submission.requester
    await responses.await_or_defer(interaction, services.requests.intake.admit(who), fresh=True)
    planning = services.comparisons.comparing.plan(submission, models)
    plan = await responses.await_or_defer(interaction, planning, fresh=True)
    await services.comparisons.comparing.discard(plan)
    card = _few(interaction, plan)
    if card is None:
        draft_id = await services.requests.drafts.keep(submission, models=models)
        card = _question(interaction, plan, draft_id)
    await responses.answer(interaction, card)


async def _make(
    interaction: Interaction,
    submission: Submission,
    models: list[str],
    credits: int,
    draft_id: str,
) -> None:
    services = interaction.client.services
    comparing = services.comparisons.comparing
    planning = comparing.plan(submission, models)
    plan = await responses.await_or_defer(interaction, planning)
    card = _few(interaction, plan)
    if card is None and plan.credits > credits:
        # It has become dearer: that is said before it is spent.
        card = _question(interaction, plan, draft_id)
    if card is not None:
        await comparing.discard(plan)
        await responses.replace(interaction, card)
        return
    accepted = await responses.await_or_defer(interaction, comparing.accept(plan))
    if accepted is None:
        await responses.answer(interaction, cards.notice(comparison_words.MADE_BEFORE))
        return
    left = accepted
    job = plan.examined[0].job
    services.moderation.suggestions.heard(job.user_id, interaction.user.display_name)
    services.requests.recent_results.expect(job.user_id, job.guild_id, job.channel_id)
    shown = panel.started(
        _requests(plan), _left_out(interaction, plan), plan.credits, left.left, job
    )
    await responses.replace(interaction, shown)


def _few(interaction: Interaction, plan: Plan) -> cards.Card | None:
    if plan.enough:
        return None
    return panel.too_few(len(plan.examined), _left_out(interaction, plan))


def _question(interaction: Interaction, plan: Plan, draft_id: str) -> cards.Card:
    return panel.question(
        plan.submission.draft.prompt,
        _requests(plan),
        _left_out(interaction, plan),
        plan.credits,
        draft_id,
    )


def _requests(plan: Plan) -> list[tuple[str, ImageRequest]]:
    return [(one.offer.label, one.job.request) for one in plan.examined]


def _left_out(interaction: Interaction, plan: Plan) -> list[str]:
    return [
        panel.left_out(
            error_cards.label_of(interaction.client, one.model) or one.model,
            one.refusal and error_cards.labelled(interaction.client, one.refusal),
            twice=one.twice,
        )
        for one in plan.left_out
    ]
