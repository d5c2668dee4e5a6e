"""`models`: the whole catalog, or a service's own list, as JSON or as a table."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import click

from bot.cli.config_option import config_option, configured
from bot.cli.models.adding import add
from bot.cli.models.listing import print_listed
from bot.cli.outcome import REFUSED, StoppedError
from bot.domain.catalog import CountRule, Offer, PixelSize, ReferenceRule, SizeRule
from bot.models import catalog_of
from bot.ui import terminal, usage
from bot.ui.language import ENGLISH, speaking
from bot.ui.messages.operator import listed_models as words

_COLUMNS = 100
_Item = TypeVar("_Item")


@click.group(help=str(usage.MODELS_HELP), invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help=str(usage.JSON_HELP))
@click.option("--markdown", is_flag=True, help=str(usage.MARKDOWN_HELP))
@click.option("--provider", metavar="NAME", help=str(words.PROVIDER_HELP))
@click.option("--search", metavar="TEXT", help=str(words.SEARCH_HELP))
@config_option
@click.pass_context
def models(
    context: click.Context,
    config: str | None,
    as_json: bool,
    markdown: bool,
    provider: str | None,
    search: str | None,
) -> None:
    # `--config` may stand after `models` as well as after the command behind it.
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    if search is not None and provider is None:
        raise StoppedError("usage", str(words.SEARCH_WHERE), code=REFUSED)
    configuration = configured(config)
    if provider is not None:
        print_listed(configuration, provider, search or "", as_json=as_json)
        return
    catalog = catalog_of(configuration)
    if as_json:
        click.echo(json.dumps([_entry(offer) for offer in catalog.offers]))
    elif markdown:
        with speaking(ENGLISH):  # as README.md is
            click.echo(_markdown(catalog.offers))
    else:
        _print_table(catalog.offers)


models.add_command(add)


def _entry(offer: Offer) -> dict[str, Any]:
    return {
        "model": offer.model_id,
        "label": offer.label,
        "use": offer.use,
        "source": offer.source,
        "provider": offer.provider,
        "upstream_id": offer.upstream_id or offer.model_id,
        "operation": offer.operation,
        "enabled": offer.enabled,
        "max_prompt": offer.max_prompt,
        "sizes": _plain(offer.sizes),
        "references": _plain(offer.references),
        "count": _plain(offer.count),
        "options": _plain(offer.options),
        "credits": _plain(offer.cost),
        "typical_seconds": offer.typical_seconds,
    }


def _plain(value: Any) -> Any:
    """Return a rule as JSON knows it; ratios and sizes as the catalog writes them."""
    if isinstance(value, Fraction | PixelSize):
        return str(value)
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


# --- the table ------------------------------------------------------------------------------


def _print_table(offers: Iterable[Offer]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*map(str, terminal.MODEL_COLUMNS), box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = True
    shown = ""
    for alike in _grouped(offers, lambda offer: (offer.model_id, offer.operation, _limits(offer))):
        first = alike[0]
        at = [o.provider if o.enabled else f"{o.provider} ({terminal.OFF})" for o in alike]
        does = "\n".join((first.operation, *at))
        table.add_row(first.model_id if first.model_id != shown else "", does, *_limits(first))
        shown = first.model_id
    console = Console()
    console.width = min(console.width, _COLUMNS) if console.is_terminal else _COLUMNS
    console.print(table)


def _markdown(offers: Iterable[Offer]) -> str:
    """Return the table of README.md: what is alike in one row, with where its limits come from."""
    columns = tuple(map(str, (*terminal.MODEL_COLUMNS, terminal.BASIS_COLUMN)))
    head, *rest = columns
    lines: list[tuple[str, ...]] = [(head, str(terminal.PROVIDER_COLUMN), *rest)]
    lines.append(("---",) * len(lines[0]))
    by_model = _grouped(offers, lambda o: (o.model_id, o.operation, _limits(o), _bases(o)))
    rows = [(alike[0], tuple(offer.provider for offer in alike)) for alike in by_model]
    for alike in _grouped(rows, lambda row: (row[1], _source_and_limits(row[0]))):
        offer, providers = alike[0]
        models = ", ".join(f"`{one.model_id}`" for one, _ in alike)
        cells = (models, ", ".join(providers), offer.operation.value, *_limits(offer))
        lines.append(tuple(cell.replace("\n", ", ") for cell in (*cells, _bases(offer))))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _source_and_limits(offer: Offer) -> object:
    return offer.source, offer.operation, _limits(offer), _bases(offer)


def _grouped(items: Iterable[_Item], key: Callable[[_Item], object]) -> list[list[_Item]]:
    """Put what has one key together, where the first of it stands."""
    groups: dict[object, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _limits(offer: Offer) -> tuple[str, ...]:
    return (
        _sizes(offer.sizes),
        _references(offer.references),
        _count(offer.count),
        " ".join(offer.options) or "–",
        _credits(offer),
    )


def _bases(offer: Offer) -> str:
    rules = (offer.sizes, offer.references, offer.count, *offer.options.values())
    return ", ".join(sorted({rule.basis.value for rule in rules}))


def _sizes(rule: SizeRule) -> str:
    lines = [" ".join(rule.keywords)] if rule.keywords else []
    if rule.pixels is not None:
        low, high = rule.pixels.min_pixels / 1_000_000, rule.pixels.max_pixels / 1_000_000
        lines.append(f"{low:.1f}–{high:.1f} MP")
    return "\n".join(lines)


def _references(rule: ReferenceRule) -> str:
    if not rule.maximum:
        return "–"
    exact = rule.minimum == rule.maximum
    number = str(rule.maximum) if exact else f"{rule.minimum}–{rule.maximum}"
    return f"{number}, mask" if rule.mask else number


def _count(rule: CountRule) -> str:
    most = rule.per_call if rule.per_call > 1 else rule.separate_max
    return f"1–{most}\nset {rule.set_max}" if rule.set_max else f"1–{most}"


def _credits(offer: Offer) -> str:
    cost = offer.cost
    most = max(cost.credits, cost.large_credits, *cost.by_quality.values())
    return str(cost.credits) if most == cost.credits else f"{cost.credits}–{most}"
