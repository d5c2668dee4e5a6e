"""What the quota, model and help cards say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.catalog import Offer, Operation, OptionRule, ReferenceRule, SizeRule
from bot.domain.job import JobState
from bot.domain.quota import Used, Window
from bot.domain.rules import Effective, Level
from bot.services.ports import Grant, Progress
from bot.ui.messages.words import (
    When,
    listed,
    megabytes,
    moment,
    number,
    plural,
    ratio,
    relative_time,
)

DEMO_WELCOME = (
    "Welcome! Type /imagine and say what you would like to see. /help shows the rest. "
    "Everything here is simulated: no account, no cost."
)

QUOTA_TITLE = "**Your quota in this server**"
QUOTA_TITLE_PERSONAL = "**Your quota outside servers**"
QUOTA_RULE_PERSONAL = (
    "This is yours in direct messages and wherever you use me without a server. In a server, its "
    "own limits apply."
)
QUOTA_UNLIMITED = "No limit applies to you here."
QUOTA_DENIED = "You may not make pictures in this server."
QUOTA_COSTS = "Most pictures cost 1 credit; /models shows which cost more."
MODELS_TITLE = "**Models**"
MODELS_NONE = "No model is available at the moment."
MODELS_MORE = "Name one with /models to see everything about it."
MODEL_UNKNOWN = "There is no such model here. /models lists them."

HELP = (
    "**Make a picture** · /imagine\n"
    "Say what you would like to see. The rest is optional: model, size, number of pictures, "
    "examples.\n"
    "**Change a picture** · reply to it\n"
    "Reply and say what to change (“2: make it night”), press Edit, or type /edit. For anybody's "
    "pictures: the message's menu, Apps, Edit picture.\n"
    "**See what is left** · /quota\n"
    "Each picture costs credits, and they renew. You pay only for pictures that were posted.\n"
    "**See your requests** · /jobs\n"
    "What waits and what is done.\n"
    "**Choose a model** · /models\n"
    "What each one can do, and what it costs."
)
HELP_PRIVACY = (
    "Only you see this and your tickets. Results are posted for everyone unless you set private."
    " /privacy shows what is stored about you."
)

JOBS_TITLE = "**Your requests**"
JOBS_NONE = "You have asked for nothing here yet. /imagine makes the first picture."
JOBS_CHOOSE = "Choose one to cancel, retry or see it"

_WINDOWS = {
    Window.HOUR: "this hour",
    Window.DAY: "today",
    Window.WEEK: "this week",
    Window.MONTH: "this month",
}
_BAR_CELLS = 10
# Below this part of a budget it is called low.
_LOW = 0.2


def quota_window(used: Used, when: When) -> str:
    """Return one window of an allowance: a bar, used, left, and when it renews."""
    limit = used.limit.credits
    filled = min(_BAR_CELLS, round(_BAR_CELLS * used.used / limit)) if limit else _BAR_CELLS
    bar = "▰" * filled + "▱" * (_BAR_CELLS - filled)
    return (
        f"{bar}\n{number(used.used)} of {plural(limit, 'credit')} used "
        f"{_WINDOWS[used.limit.window]} · **{number(used.left)} left** · renews "
        f"{when(used.ends_at)}"
    )


def quota_of(user_id: int) -> str:
    """Return the title of another member's quota."""
    return f"**Quota of <@{user_id}> in this server**"


def quota_rule(found: Effective, when: When) -> str:
    """Return where an allowance comes from."""
    rule = found.rules[0] if found.rules else None
    match found.level:
        case Level.MEMBER:
            ends = f"; it ends {when(rule.until)}" if rule and rule.until else ""
            return f"A moderator set this for you alone{ends}."
        case Level.ROLE:
            roles = dict.fromkeys(f"<@&{one.subject_id}>" for one in found.rules)
            return f"This comes from {listed(roles, 'and')}."
        case Level.EVERYONE:
            return "This is the limit for everyone in this server."
        case Level.CONFIGURATION:
            return "This is the usual limit: nobody has set another one here."


def job_line(progress: Progress, prompt: str) -> str:
    """Return one request of the list: how it stands, and what it was."""
    job = progress.job
    match job.state:
        case JobState.QUEUED:
            stands = f"⏳ number {progress.position} in line"
        case JobState.RUNNING:
            stands = f"🎨 started {relative_time(job.started_at or job.created_at)}"
        case JobState.DELIVERING if job.waits_for_pickup:
            stands = f"📥 **ready to pick up**, until {moment(job.expires_at)}"
        case JobState.DELIVERING:
            stands = "📮 being posted"
        case JobState.DONE:
            stands = f"✅ {relative_time(job.finished_at or job.created_at)}"
        case JobState.FAILED:
            ended = relative_time(job.finished_at or job.created_at)
            stands = f"⚠️ no picture, nothing charged, {ended}"
        case JobState.CANCELLED:
            stands = f"✖️ cancelled {relative_time(job.finished_at or job.created_at)}"
    return f"{stands} · {prompt}"


def quota_grant(grant: Grant, when: When) -> str:
    """Return what is left of extra credits, and until when."""
    ends = f" · ends {when(grant.expires_at)}" if grant.expires_at else ""
    return f"Extra: **{plural(grant.amount - grant.used, 'credit')}**{ends}"


def quota_most(most: int) -> str:
    """Return the most pictures that one request may ask for in this server."""
    return f"At most {plural(most, 'picture')} in one request here."


def server_budget(windows: Sequence[Used]) -> str | None:
    """Return how a server's budget stands, in words; None without a budget."""
    parts = [used.left / used.limit.credits if used.limit.credits else 0 for used in windows]
    if not parts:
        return None
    tightest = min(parts)
    word = "used up" if tightest <= 0 else "low" if tightest < _LOW else "plenty left"
    return f"The server's budget: {word}."


def model_line(offers: Sequence[Offer]) -> str:
    """Return a model's entry in the list of models."""
    first = offers[0]
    facts = [sizes(first.sizes), *_references(offers), cost(offers), seconds(first)]
    return f"**{first.label}** · {first.use}\n-# {' · '.join(facts)}"


def model_card(offers: Sequence[Offer]) -> list[str]:
    """Return everything about a model, a text for each thing that it does."""
    title = f"**{offers[0].label}**\n{offers[0].use}\n-# {offers[0].model_id}"
    return [title, *(_operation(offer) for offer in offers)]


def sizes(rule: SizeRule) -> str:
    """Return the sizes of a model in a few words: 2K to 4K, 512 to 2048 px."""
    tiers = [word for word in rule.keywords if word not in rule.doubtful and word[:1].isdigit()]
    if not tiers and rule.pixels and rule.pixels.min_edge > 1:
        return f"{rule.pixels.min_edge}–{rule.pixels.max_edge} px"
    tiers = tiers or [tier for tier in rule.presets if tier[:1].isdigit()]
    if tiers:
        return tiers[0] if len(tiers) == 1 else f"{tiers[0]}–{tiers[-1]}"
    if rule.pixels:
        low, high = (pixels / 1e6 for pixels in (rule.pixels.min_pixels, rule.pixels.max_pixels))
        return f"{low:.1f}–{high:.1f} MP"
    return "same shape as your picture"


def cost(offers: Sequence[Offer]) -> str:
    """Return what a picture costs: 1 credit, 1–2 credits."""
    costs = [offer.cost for offer in offers]
    low = min(c.credits for c in costs)
    high = max(
        max(c.credits, c.large_credits if c.above_pixels else 0, *c.by_quality.values(), 0)
        for c in costs
    )
    return plural(low, "credit") if low == high else f"{low}–{high} credits"


def seconds(offer: Offer) -> str:
    """Return how long one picture typically takes."""
    return f"about {offer.typical_seconds} s"


def _references(offers: Sequence[Offer]) -> list[str]:
    most = max(offer.references.maximum for offer in offers)
    return [f"up to {plural(most, 'example')}"] if most else []


def _operation(offer: Offer) -> str:
    does = "Makes pictures" if offer.operation is Operation.GENERATE else "Changes pictures"
    lines = [
        f"**{does}** · {cost([offer])} · {seconds(offer)}",
        f"Sizes: {_all_sizes(offer.sizes)}",
        f"Pictures at once: {_count(offer)}",
    ]
    if offer.references.maximum:
        lines.append(f"Pictures to start from: {_reference_rule(offer.references)}")
    options = [_option(name, rule) for name, rule in offer.options.items() if name != "stream"]
    if options:
        lines.append(f"Options: {', '.join(options)}")
    return "\n".join(lines)


def _all_sizes(rule: SizeRule) -> str:
    words = [word for word in rule.keywords if word not in rule.doubtful]
    if rule.pixels:
        low, high = number(rule.pixels.min_pixels), number(rule.pixels.max_pixels)
        least, most = ratio(rule.pixels.min_ratio), ratio(rule.pixels.max_ratio)
        words.append(f"WIDTHxHEIGHT with {low} to {high} pixels, {least} to {most}")
    return listed(words)


def _count(offer: Offer) -> str:
    rule = offer.count
    most = rule.per_call if rule.per_call > 1 else rule.separate_max
    sets = f"; related sets up to {rule.set_max}" if rule.set_max else ""
    return f"up to {most}{sets}"


def _reference_rule(rule: ReferenceRule) -> str:
    formats = listed(sorted(mime.removeprefix("image/").upper() for mime in rule.formats))
    least = "" if not rule.minimum else f"{rule.minimum} to "
    mask = ", and a mask" if rule.mask else ""
    return f"{least or 'up to '}{rule.maximum}, {formats}, {megabytes(rule.max_bytes)}{mask}"


def _option(name: str, rule: OptionRule) -> str:
    if rule.choices:
        return f"{name} ({', '.join(rule.choices)})"
    if rule.minimum is not None and rule.maximum is not None:
        return f"{name} ({rule.minimum:.10g} to {rule.maximum:.10g})"
    return name


def ago(seconds: int) -> str:
    """Return how long ago something was, in one word and a number."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"


def numbered(number: int) -> str:
    """Return which picture of a result is meant."""
    return f"picture {number}"
