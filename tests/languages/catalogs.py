"""Keeps the catalogs of languages: what the code says, what each language has of it.

`make messages` runs this file: it brings every `easel.po` up to the code, and compiles it. What a
translator writes into a `.po` stays; what the code does not say any more goes.
"""

from __future__ import annotations

import io
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "ui" / "locales"
# The functions of `bot.ui.language`, and which of their arguments are texts.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "Phrase": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def template() -> Catalog:
    """Return every text that the code, and the catalog of models, have for people."""
    found = Catalog(project="Easel", fuzzy=False, charset="utf-8")
    for package in ("bot", "cogs"):
        # It warns of f-strings also where they are values; tests see those that are texts.
        with redirect_stderr(io.StringIO()):
            texts = list(
                extract_from_dir(
                    ROOT / package,
                    [("**.py", "python")],
                    keywords=KEYWORDS,
                    strip_comment_tags=True,
                )
            )
        for file, line, text, _, context in texts:
            found.add(text, locations=[(f"{package}/{file}", line)], context=context)
    for text in uses():
        found.add(text, locations=[("bot/catalog.toml", 1)])
    return found


def uses() -> Iterator[str]:
    """Yield what models are good for, as the catalog of models says it."""
    models = tomllib.loads((ROOT / "bot" / "catalog.toml").read_text("utf-8"))["models"]
    for model in models.values():
        yield model["use"]


def files() -> list[Path]:
    """Return the catalog of each language."""
    return sorted(FOLDER.glob("*/LC_MESSAGES/easel.po"))


def language_of(file: Path) -> str:
    return file.parents[1].name


def read(file: Path) -> Catalog:
    """Return the catalog of a language as its translator left it."""
    with file.open("rb") as source:
        return read_po(source, locale=language_of(file))


def brought_up(file: Path, to: Catalog) -> Catalog:
    """Return a language's catalog with what the code says now, and nothing else."""
    catalog = read(file)
    to.creation_date = catalog.creation_date
    catalog.update(to, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def po(catalog: Catalog) -> bytes:
    """Return a catalog as text; without lines of the code, which move all the time."""
    file = io.BytesIO()
    write_po(file, catalog, width=100, include_lineno=False, sort_by_file=True)
    return file.getvalue()


def mo(catalog: Catalog) -> bytes:
    """Return a catalog as gettext reads it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def missing(catalog: Catalog) -> list[Message]:
    """Return what a language does not have, in part or at all."""
    return [one for one in catalog if one.id and not all(said(one))]


def english(message: Message) -> tuple[str, ...]:
    """Return what the code says: one text, or one and many."""
    return _texts(message.id)


def said(message: Message) -> tuple[str, ...]:
    """Return what the language says, empty where it has nothing: one text for each number."""
    return _texts(message.string)


def _texts(value: object) -> tuple[str, ...]:
    several = value if isinstance(value, tuple | list) else (value,)
    return tuple(str(text or "") for text in several)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def main() -> int:
    found = template()
    left = 0
    for file in files():
        catalog = brought_up(file, found)
        file.write_bytes(po(catalog))
        file.with_suffix(".mo").write_bytes(mo(catalog))
        absent = missing(catalog)
        left += len(absent)
        print(f"{language_of(file)}: {len(catalog)} texts, {len(absent)} without a translation")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
