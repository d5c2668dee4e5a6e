"""What the quota, model and help cards say."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from bot.domain.catalog import Offer, Operation, OptionRule, ReferenceRule, SizeRule
from bot.domain.quotas.quota import Used
from bot.domain.quotas.rules import Effective, Level
from bot.domain.quotas.windows import Window
from bot.domain.requests.routing import Defaults
from bot.services.ports import Grant
from bot.ui.language import Phrase, _, pgettext
from bot.ui.messages.commands import option_name, value_name
from bot.ui.messages.tickets import size
from bot.ui.messages.words import (
    When,
    commas,
    listed,
    megabytes,
    number,
    plural,
    ratio,
)

QUOTA_TITLE = Phrase("**Your quota in this server**")
QUOTA_TITLE_PERSONAL = Phrase("**Your quota outside servers**")
QUOTA_RULE_PERSONAL = Phrase(
    "This is your quota in direct messages and wherever else you use me outside a server. In a "
    "server, that server's limits apply."
)
QUOTA_UNLIMITED = Phrase("You have no limit here.")
QUOTA_DENIED = Phrase("You cannot make pictures in this server. Its moderators can change that.")
QUOTA_COSTS = Phrase("Most pictures cost 1 credit; /models shows which cost more.")
MODELS_TITLE = Phrase("**Models**")
MODELS_NONE = Phrase("No model is available at the moment.")
MODELS_MORE = Phrase("To see everything about a model, choose it in /models.")
MODEL_UNKNOWN = Phrase("There is no such model here. /models lists them.")

HELP = Phrase(
    "**Make a picture** · /imagine\n"
    "Say what you would like to see. The rest is optional: model, size, number, reference "
    "pictures.\n"
    "**Change a picture** · reply to it\n"
    "Reply and say what to change (“2: make it night”), press Edit, or use /edit. For anyone's "
    "pictures: the message's menu, then Apps, Edit picture.\n"
    "**See your credits** · /quota\n"
    "Each picture costs credits, and credits renew. You pay only for pictures that were posted.\n"
    "**See your requests** · /jobs\n"
    "What is waiting and what is done.\n"
    "**Choose a model** · /models\n"
    "What each model can do and what it costs."
)
HELP_PRIVACY = Phrase(
    "Only you see this and your tickets. Results are posted for everyone unless you set private."
    " /privacy shows what is stored about you."
)

_WINDOWS = {
    Window.HOUR: Phrase("this hour"),
    Window.DAY: Phrase("today"),
    Window.WEEK: Phrase("this week"),
    Window.MONTH: Phrase("this month"),
}
# By the seconds of the unit, the longest first.
_AGO = {
    86400: Phrase("{count} d ago"),
    3600: Phrase("{count} h ago"),
    60: Phrase("{count} min ago"),
}
_BAR_CELLS = 10
# Below this part of a budget it is called low.
_LOW = 0.2


def quota_window(used: Used, when: When) -> str:
    """Return one window of an allowance: a bar, used, left, and when it renews."""
    limit = used.limit.credits
    filled = min(_BAR_CELLS, round(_BAR_CELLS * used.used / limit)) if limit else _BAR_CELLS
    bar = "▰" * filled + "▱" * (_BAR_CELLS - filled)
    stands = _(
        "{used} of {credits} used {this_window} · **{left} left** · renews {when}",
        used=number(used.used),
        credits=plural(limit, "credit"),
        this_window=_WINDOWS[used.limit.window],
        left=number(used.left),
        when=when(used.ends_at),
    )
    return f"{bar}\n{stands}"


def quota_of(user_id: int) -> str:
    """Return the title of another member's quota."""
    return _("**Quota of {member} in this server**", member=f"<@{user_id}>")


def quota_rule(found: Effective, when: When) -> str:
    """Return where an allowance comes from."""
    rule = found.rules[0] if found.rules else None
    match found.level:
        case Level.MEMBER:
            if rule and rule.until:
                ends = when(rule.until)
                return _("A moderator set this just for you; it ends {when}.", when=ends)
            return _("A moderator set this just for you.")
        case Level.ROLE:
            roles = dict.fromkeys(f"<@&{one.subject_id}>" for one in found.rules)
            return _("This comes from {roles}.", roles=listed(roles, "and"))
        case Level.EVERYONE:
            return _("This is the limit for everyone in this server.")
        case Level.CONFIGURATION:
            return _("This is the default limit: no other limit is set here.")


def quota_grant(grant: Grant, when: When) -> str:
    """Return what is left of extra credits, and until when."""
    left = plural(grant.amount - grant.used, "credit")
    if grant.expires_at:
        return _("Extra: **{credits}** · ends {when}", credits=left, when=when(grant.expires_at))
    return _("Extra: **{credits}**", credits=left)


def quota_most(most: int) -> str:
    """Return the most pictures that one request may ask for in this server."""
    return _("At most {pictures} in one request here.", pictures=plural(most, "picture"))


def server_budget(windows: Sequence[Used]) -> str | None:
    """Return how a server's budget stands, in words; None without a budget."""
    parts = [used.left / used.limit.credits if used.limit.credits else 0 for used in windows]
    if not parts:
        return None
    tightest = min(parts)
    if tightest <= 0:
        return _("The server's budget: used up.")
    if tightest < _LOW:
        return _("The server's budget: low.")
    return _("The server's budget: plenty left.")


def model_line(offers: Sequence[Offer], defaults: Defaults) -> str:
    """Return a model's entry in the list of models: two short lines."""
    first = offers[0]
    facts = [sizes(first.sizes), cost(offers), seconds(first)]
    return f"{_marked(offers, defaults)}\n-# {' · '.join(facts)}"


def _marked(offers: Sequence[Offer], defaults: Defaults) -> str:
    """Return a model's name, with what it is the default for, or the one thing that it does."""
    name, does = f"**{offers[0].label}**", {offer.operation for offer in offers}
    chosen = {one for one in Operation if defaults.of(one) == offers[0].model_id} & does
    if chosen == set(Operation):
        return _("{model} · the default", model=name)
    if Operation.GENERATE in chosen:
        return _("{model} · the default for new pictures", model=name)
    if Operation.EDIT in chosen:
        return _("{model} · the default for changes", model=name)
    if does == {Operation.EDIT}:
        return _("{model} · only changes pictures", model=name)
    if does == {Operation.GENERATE}:
        return _("{model} · only new pictures", model=name)
    return name


def twin_of(label: str) -> str:
    """Return the label that one with an addition repeats: `Seedream 4.5 (gateway)`; else none."""
    return label.rpartition(" (")[0] if label.endswith(")") else ""


def twins(labels: Sequence[str]) -> str:
    """Return which models come a second time, through another service."""
    return _("The same models through another service: {models}", models=commas(labels))


def model_card(offers: Sequence[Offer]) -> list[str]:
    """Return everything about a model, a text for each thing that it does."""
    title = f"**{offers[0].label}**\n{_(offers[0].use)}"
    return [title, *(_operation(offer) for offer in offers)]


def sizes(rule: SizeRule) -> str:
    """Return the sizes of a model in a few words: 2K to 4K, 512 to 2048 px, up to 3840 px."""
    tiers = [word for word in rule.keywords if word not in rule.doubtful and word[:1].isdigit()]
    if not tiers and rule.pixels and rule.pixels.min_edge > 1:
        edges = f"{rule.pixels.min_edge}–{rule.pixels.max_edge}"
        return _("{edges} px", edges=edges)
    tiers = tiers or [tier for tier in rule.presets if tier[:1].isdigit()]
    if tiers:
        return tiers[0] if len(tiers) == 1 else f"{tiers[0]}–{tiers[-1]}"
    if rule.pixels:
        edge = min(rule.pixels.max_edge, isqrt(rule.pixels.max_pixels * 16 // 9))
        return _("up to {edge} px", edge=edge)
    if "auto" in rule.keywords:
        return size("auto")
    return _("same shape as your picture")


def cost(offers: Sequence[Offer]) -> str:
    """Return what a picture costs: 1 credit, 1–2 credits."""
    costs = [offer.cost for offer in offers]
    low = min(c.credits for c in costs)
    high = max(
        max(c.credits, c.large_credits if c.above_pixels else 0, *c.by_quality.values(), 0)
        for c in costs
    )
    return plural(low, "credit") if low == high else _("{costs} credits", costs=f"{low}–{high}")


def seconds(offer: Offer) -> str:
    """Return how long one picture typically takes."""
    return _("about {seconds} s", seconds=offer.typical_seconds)


def _operation(offer: Offer) -> str:
    makes = offer.operation is Operation.GENERATE
    does = _("Makes pictures") if makes else _("Changes pictures")
    lines = [
        f"**{does}** · {cost([offer])} · {seconds(offer)}",
        _("Sizes: {sizes}", sizes=_all_sizes(offer.sizes)),
        _("Pictures at once: {count}", count=_count(offer)),
    ]
    if offer.references.maximum:
        rule = _reference_rule(offer.references)
        lines.append(_("Reference pictures: {rule}", rule=rule))
    options = [_option(name, rule) for name, rule in offer.options.items() if name != "stream"]
    if options:
        lines.append(_("Options: {options}", options=commas(options)))
    return "\n".join(lines)


def _all_sizes(rule: SizeRule) -> str:
    words = [word for word in rule.keywords if word not in rule.doubtful]
    if rule.pixels:
        words.append(
            _(
                "WIDTHxHEIGHT with {low} to {high} pixels, ratio {least} to {most}",
                low=number(rule.pixels.min_pixels),
                high=number(rule.pixels.max_pixels),
                least=ratio(rule.pixels.min_ratio),
                most=ratio(rule.pixels.max_ratio),
            )
        )
    if rule.aspects:
        return _("{sizes}; shapes {shapes}", sizes=listed(words), shapes=commas(rule.aspects))
    return listed(words)


def _count(offer: Offer) -> str:
    rule = offer.count
    most = rule.per_call if rule.per_call > 1 else rule.separate_max
    if rule.set_max:
        return _("up to {most}; related sets up to {set}", most=most, set=rule.set_max)
    return _("up to {most}", most=most)


def _reference_rule(rule: ReferenceRule) -> str:
    formats = listed(sorted(mime.removeprefix("image/").upper() for mime in rule.formats))
    count = _("up to {most}", most=rule.maximum)
    if rule.minimum:
        count = pgettext(
            "reference pictures", "{least} to {most}", least=rule.minimum, most=rule.maximum
        )
    largest = megabytes(rule.max_bytes)
    facts = _("{count}, {formats}, {size}", count=count, formats=formats, size=largest)
    return _("{facts}, and a mask", facts=facts) if rule.mask else facts


def _option(name: str, rule: OptionRule) -> str:
    if rule.choices:
        values = commas(map(value_name, rule.choices))
    elif rule.minimum is not None and rule.maximum is not None:
        least, most = f"{rule.minimum:.10g}", f"{rule.maximum:.10g}"
        values = _("{least} to {most}", least=least, most=most)
    else:
        return option_name(name)
    return _("{option} ({values})", option=option_name(name), values=values)


def ago(seconds: int) -> str:
    """Return how long ago something was, in one word and a number."""
    for length, words in _AGO.items():
        if seconds >= length:
            return words.filled(count=seconds // length)
    return _("just now")


def numbered(number: int) -> str:
    """Return which picture of a result is meant."""
    return _("picture {number}", number=number)
