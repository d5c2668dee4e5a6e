"""What `easel models` says of a service's own list, and of adding one of its models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.ui.language import Phrase, _
from bot.ui.messages.words import listed, sentences

PROVIDER_HELP = Phrase("Ask this image service for its list, instead of showing the catalog.")
SEARCH_HELP = Phrase("Only what has these words in its id or name; with --provider.")
SEARCH_WHERE = Phrase("Name the image service to search with --provider.")
ADD_HELP = Phrase("""Add MODEL of the image service PROVIDER to the configuration file.

What it accepts and costs is read from the service's own list. The change is shown first, and
nothing else in the file is touched.
""")
YES_HELP = Phrase("Write without asking.")
NO_FILE = Phrase("There is no configuration file to write to: name one with --config.")
NO_PRICE = Phrase(
    "The service bills tokens or names no price: enter cost.price in the offers for quota.spend "
    "to hold money beforehand. What a call really cost is counted in any case."
)


def lists_nothing(provider: str) -> str:
    """Say that a service answered without a list."""
    return _("{provider} does not list its models.", provider=provider)


def nothing_found(provider: str, search: str) -> str:
    """Say that no model fits a search."""
    return _("{provider} has no model named like {search}.", provider=provider, search=repr(search))


def no_such_model(name: str, provider: str, near: Sequence[str]) -> str:
    """Say that the list has no such model, and which are alike."""
    wrong = _("{provider} does not list {model}.", provider=provider, model=name)
    return sentences(wrong, _("Did you mean {models}?", models=listed(near)) if near else "")


def not_described(provider: str) -> str:
    """Say that a list has names alone, and what to do then."""
    return _(
        "{provider} lists names, but not what its models accept: write a [models.custom] entry "
        "with `like`, see docs/settings.md.",
        provider=provider,
    )


def unusable(name: str, why: str) -> str:
    """Say why a model cannot be added."""
    if why == "only_svg":
        return _("{model} makes only SVG, which cannot be posted.", model=name)
    return _("{model} does not make pictures.", model=name)


def already_there(name: str, file: Path) -> str:
    """Say that the configuration has such a model."""
    return _(
        "{model} is in the configuration already. To add it anew, remove it from {file}.",
        model=name,
        file=file,
    )


def cannot_append(file: Path) -> str:
    """Say that the entry has to be put in by hand; it was printed."""
    return _(
        "{file} writes its models in a form that tables cannot follow, and was not changed. Put "
        "the lines above into it yourself.",
        file=file,
    )


def write_it(file: Path) -> str:
    """Ask whether to write."""
    return _("Write this to {file}?", file=file)


def changed_meanwhile(file: Path) -> str:
    """Say that the file is another one now."""
    return _("{file} was changed by something else and was left as it is: try again.", file=file)


def not_written(file: Path, why: str) -> str:
    """Say that the file could not be replaced; it is as it was."""
    return _("{file} could not be written: {why}. It was not changed.", file=file, why=why)


def added(name: str, file: Path) -> str:
    """Say what was done, and what is left to do."""
    return _(
        "{model} is in {file}. Restart the bot to offer it; `easel check` looks at everything.",
        model=name,
        file=file,
    )
