"""The catalogs of languages are whole: nothing missing, nothing unused, nothing out of date."""

from __future__ import annotations

import ast
import gettext
import io
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from bot.domain.server import Language
from bot.ui import language
from bot.ui.messages import words
from tests.cases import every_case
from tests.languages import catalogs

FILES = catalogs.files()
MESSAGES = sorted((catalogs.ROOT / "bot" / "ui").rglob("*.py"))
each_language = pytest.mark.parametrize("file", FILES, ids=catalogs.language_of)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return catalogs.template()


def key(message: Message) -> tuple[str | None, str]:
    return message.context, catalogs.english(message)[0]


def test_every_language_of_the_settings_has_a_catalog() -> None:
    spoken = {one.value for one in Language} - {Language.AUTO.value, language.ENGLISH}
    assert spoken == set(language.CATALOGS)
    assert {catalogs.language_of(file) for file in FILES} == set(language.CATALOGS.values())


@each_language
def test_a_language_has_every_text_and_no_other(file: Path, template: Catalog) -> None:
    catalog = catalogs.read(file)
    ours, theirs = ({key(one) for one in c if one.id} for c in (template, catalog))
    assert theirs - ours == set(), "not said any more: make messages"
    assert ours - theirs == set(), "not in the catalog: make messages, then translate"
    assert [one.id for one in catalogs.missing(catalog)] == []
    assert not [one.id for one in catalog if one.id and one.fuzzy]


@each_language
def test_a_compiled_catalog_is_that_of_its_text(file: Path) -> None:
    compiled, written = file.with_suffix(".mo"), io.BytesIO(catalogs.mo(catalogs.read(file)))
    with compiled.open("rb") as opened:
        assert entries(opened) == entries(written), "make messages"


def entries(file: io.BufferedIOBase) -> dict[object, str]:
    found: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]  # pyright: ignore[reportArgumentType]
    return {text: said for text, said in found.items() if text}


@each_language
def test_a_translation_fills_in_what_the_text_does(file: Path) -> None:
    wrong: list[object] = []
    for message in catalogs.read(file):
        if not message.id:
            continue
        said, texts = catalogs.said(message), catalogs.english(message)
        # A context may name more to choose from.
        offered = names(message.context or "")
        wrong += [one for one in said if names(one) - offered != names(texts[-1]) - offered]
        # What Markdown, a list of commands or a terminal makes of a text hangs on its lines.
        wrong += [one for one in said if one.endswith("\n") != texts[-1].endswith("\n")]
    assert wrong == []


def names(text: str) -> set[str]:
    """Return what is filled into a text: `day` of `{day.month}`."""
    found = (name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    return {re.split(r"[.\[]", name)[0] for name in found}


@each_language
def test_commands_settings_and_values_to_type_stay_as_they_are(file: Path) -> None:
    """A command in a sentence is one that can be typed in every language."""
    typed = re.compile(r"/[a-z]+(?: [a-z]+)?(?![\w/])|--[a-z-]+|EASEL_\w+|\b[a-z_]+\.[a-z_]+\b")
    lost: list[tuple[str, set[str]]] = []
    for message in catalogs.read(file):
        text, said = catalogs.english(message)[-1], " ".join(catalogs.said(message))
        commands = {one.split()[0] for one in typed.findall(re.sub(r"\{[^}]*\}", "", text))}
        if gone := {one for one in commands if one not in said}:
            lost.append((text, gone))
    assert lost == []


# --- what is said at all ------------------------------------------------------------------------


def test_every_message_is_used() -> None:
    """A sentence that nothing says any more would be translated for nobody."""
    names = Counter(
        name for path in python_files() for name in re.findall(r"\w+", path.read_text("utf-8"))
    )
    unused = [
        f"{file.name}: {name}"
        for file in (*(catalogs.ROOT / "bot/ui/messages").glob("*.py"), *TERMINAL)
        for name in defined(ast.parse(file.read_text("utf-8")))
        if names[name] < 2
    ]
    assert sorted(unused) == []


TERMINAL = [catalogs.ROOT / "bot/ui" / name for name in ("terminal.py", "usage.py")]


def python_files() -> Iterator[Path]:
    for package in ("bot", "cogs"):
        yield from (catalogs.ROOT / package).rglob("*.py")


def defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


# What the catalog of models says, and what N_ marked before.
MARKED_ELSEWHERE = (
    "offer.use",
    "first.use",
    "offers[0].use",
    "english",
    "marked",
    "sentence.value",
)


@every_case("file", MESSAGES, ids=lambda file: file.name)
def test_texts_are_literals_that_can_be_extracted(file: Path) -> None:
    """Of a variable, or a text with values in it already, a catalog knows nothing."""
    wrong: list[str] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in catalogs.KEYWORDS or file.name in (
            "language.py",
            "command_translator.py",
        ):
            continue
        count = {"ngettext": 2, "pgettext": 2}.get(node.func.id, 1)
        texts = node.args[:count]
        literal = all(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in texts)
        if not literal and ast.unparse(texts[0]) not in MARKED_ELSEWHERE:
            wrong.append(ast.unparse(node))
    assert wrong == []


def test_what_is_counted_has_its_plural() -> None:
    counted = vars(words)["_COUNTED"]
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("plural"):
                nouns = [a for a in node.args[1:2] if isinstance(a, ast.Constant)]
                assert all(noun.value in counted for noun in nouns), f"{file}:{node.lineno}"
