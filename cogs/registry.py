"""Everything that the bot answers, one line each: cogs, buttons, forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from discord import ui
from discord.ext import commands

from bot.ui import buttons
from cogs.comparisons import compare, vote_buttons
from cogs.context import EaselBot
from cogs.forms import FormHandler, FormsCog
from cogs.gallery import favourites
from cogs.gallery.stars import StarsCog
from cogs.members import (
    jobs,
    pickup_buttons,
    privacy,
    replies,
    report_form,
    request_forms,
    result_buttons,
    ticket_buttons,
)
from cogs.members.edit import EditCog
from cogs.members.imagine import ImagineCog
from cogs.members.info import InfoCog
from cogs.members.menus import KeptPick, MenusCog, OriginPick
from cogs.members.quota import QuotaCog
from cogs.moderators import (
    member_actions,
    moderation_buttons,
    report_buttons,
    review_buttons,
    setup,
    undo,
)
from cogs.moderators.limits import LimitsCog
from cogs.moderators.moderate import ModerateCog
from cogs.moderators.server import ServerCog
from cogs.server_events import GuildRemovalCog, UploadLimitsCog
from cogs.styles import settings, style_commands
from cogs.unknown_buttons import UnknownButtonsCog
from cogs.variations import variation_buttons

COGS: tuple[Callable[[EaselBot], commands.Cog], ...] = (
    ImagineCog,
    QuotaCog,
    InfoCog,
    UnknownButtonsCog,
    result_buttons.ResultsCog,
    MenusCog,
    jobs.JobsCog,
    favourites.FavouritesCog,
    StarsCog,
    EditCog,
    replies.RepliesCog,
    ModerateCog,
    LimitsCog,
    privacy.PrivacyCog,
    GuildRemovalCog,
    UploadLimitsCog,
    ServerCog,
    style_commands.StyleCog,
    settings.SettingsCog,
    compare.CompareCog,
)

BUTTONS: tuple[type[ui.DynamicItem[ui.Item[Any]]], ...] = (
    ticket_buttons.CancelButton,
    ticket_buttons.RefreshButton,
    ticket_buttons.WhyButton,
    ticket_buttons.RetryButton,
    ticket_buttons.RephraseButton,
    result_buttons.EditButton,
    result_buttons.EditPick,
    result_buttons.AgainButton,
    result_buttons.DetailsButton,
    result_buttons.RemoveButton,
    result_buttons.RemoveSureButton,
    result_buttons.HideButton,
    result_buttons.UseButton,
    result_buttons.PromptButton,
    result_buttons.ReportButton,
    result_buttons.ClearButton,
    variation_buttons.VariationMenu,
    variation_buttons.VariationPick,
    variation_buttons.VariationMake,
    request_forms.FixButton,
    request_forms.RephraseRefusedButton,
    request_forms.FewerButton,
    request_forms.UseModelButton,
    jobs.ChooseJob,
    jobs.JobsPage,
    jobs.FindButton,
    favourites.FavouritesPageButton,
    favourites.ChooseFavourite,
    favourites.DropFavourite,
    favourites.StarButton,
    favourites.UnstarButton,
    replies.WhyRefusedButton,
    replies.PickSelect,
    KeptPick,
    OriginPick,
    pickup_buttons.ShowButton,
    pickup_buttons.ShareButton,
    pickup_buttons.DiscardButton,
    privacy.ExportButton,
    privacy.OthersButton,
    privacy.GalleriesButton,
    privacy.ForgetButton,
    privacy.ForgetSureButton,
    privacy.ConsentButton,
    undo.UndoButton,
    setup.PageChoice,
    setup.SettingChoice,
    setup.RulesChoice,
    setup.NoneButton,
    setup.WriteButton,
    setup.BackButton,
    moderation_buttons.QueuePage,
    moderation_buttons.QueueDrop,
    moderation_buttons.HistoryPage,
    report_buttons.ReportRemove,
    report_buttons.ReportHide,
    report_buttons.ReportBlock,
    report_buttons.ReportDismiss,
    review_buttons.ReviewApprove,
    review_buttons.ReviewRefuse,
    member_actions.GrantButton,
    member_actions.GiveButton,
    member_actions.SeenButton,
    member_actions.ResetButton,
    member_actions.BlockButton,
    member_actions.UnblockButton,
    member_actions.MoreButton,
    style_commands.StyleList,
    style_commands.UseStyleButton,
    style_commands.DeleteStyleButton,
    style_commands.ShareStyleButton,
    style_commands.SaveStyleButton,
    settings.DefaultChoice,
    compare.CompareButton,
    vote_buttons.VoteSelect,
    vote_buttons.EndVoteButton,
    vote_buttons.ComparedSelect,
)

FORMS: Mapping[re.Pattern[str], FormHandler] = {
    buttons.EDIT_FORM: request_forms.edited,
    buttons.KEPT_FORM: request_forms.kept_edited,
    buttons.BLEND_FORM: request_forms.blended,
    buttons.FIX_FORM: request_forms.fixed,
    buttons.REPHRASE_FORM: request_forms.rephrased,
    buttons.REPHRASE_REFUSED_FORM: request_forms.refused_rephrased,
    buttons.PROMPT_FORM: request_forms.prompted,
    buttons.FIND_FORM: jobs.searched,
    buttons.REPORT_FORM: report_form.reported,
    buttons.STYLE_FORM: style_commands.style_saved,
    buttons.USE_STYLE_FORM: style_commands.style_used,
    buttons.ZONE_FORM: setup.zone_typed,
    buttons.PARTS_FORM: setup.parts_typed,
    buttons.MEMBER_GRANT: member_actions.granted,
    buttons.MEMBER_GIVE: member_actions.granted,
    buttons.MEMBER_BLOCK: member_actions.blocked,
}


async def register(bot: EaselBot) -> None:
    """Let the client answer all of it."""
    for cog in COGS:
        await bot.add_cog(cog(bot))
    await bot.add_cog(FormsCog(FORMS))
    bot.add_dynamic_items(*BUTTONS)
