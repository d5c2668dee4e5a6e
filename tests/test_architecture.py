"""The rules of CONTRIBUTING.md, read off the source: imports and form."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.cases import every_case

ROOT = Path(__file__).parent.parent
FILES = sorted(
    path.relative_to(ROOT)
    for package in ("bot", "cogs")
    for path in ROOT.glob(f"{package}/**/*.py")
)

# What each part may import of the project, itself apart. Everything else in `bot` is an edge
# (app, client, cli, demo, catalog, config): it puts the parts together and may import them all.
MAY_IMPORT = {
    "cogs": ("bot.services", "bot.ui", "bot.domain"),
    "bot.services": ("bot.domain",),
    "bot.providers": ("bot.domain", "bot.services.ports"),
    "bot.pictures": ("bot.domain", "bot.services.ports"),
    "bot.storage": ("bot.domain", "bot.services.ports"),
    "bot.ui": ("bot.domain", "bot.services.ports"),
    "bot.domain": (),
    "bot.sandbox": (),
}
# The packages of services, each above those that it may import; `ports` is below all of them.
SERVICES = {
    "tasks": (),
    "servers": ("tasks",),
    "quotas": ("servers", "tasks"),
    "styles": ("servers", "tasks"),
    "operations": ("quotas", "servers", "tasks"),
    "safety": ("operations", "servers", "tasks"),
    "delivery": ("operations", "quotas", "servers", "tasks"),
    "jobs": ("delivery", "safety", "operations", "quotas", "servers", "tasks"),
    "requests": (
        "styles",
        "jobs",
        "delivery",
        "safety",
        "operations",
        "quotas",
        "servers",
        "tasks",
    ),
    "gallery": ("requests", "delivery", "servers", "tasks"),
    "comparisons": ("gallery", "requests", "jobs", "delivery", "quotas", "servers", "tasks"),
    "moderation": ("requests", "delivery", "safety", "quotas", "servers", "tasks"),
    "people": ("gallery", "requests", "delivery", "quotas", "servers", "tasks"),
}
# Modules of one folder that a person still takes in at a glance.
MOST_MODULES = 14
# Libraries that a part must not know; `domain` knows none at all.
NOT_FOR = {
    "bot.services": {"discord", "aiohttp", "sqlalchemy", "aiosqlite", "alembic", "PIL", "pydantic"},
    "cogs": {"sqlalchemy", "aiosqlite", "alembic", "PIL"},
}
# The ports that open a store: cogs ask services instead.
STORES = {
    "Database",
    "UnitOfWork",
    "Jobs",
    "Claims",
    "Calls",
    "Posts",
    "PickupStore",
    "JobQueue",
    "JobQueries",
    "Quotas",
}

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
# One thing stays one file: past this, it is probably two.
LONGEST = 500
# What hands text to Discord.
SENDERS = {
    "send",
    "reply",
    "respond",
    "edit",
    "send_message",
    "edit_message",
    "edit_original_response",
}


def problems(file: Path, source: str) -> list[str]:
    """Return what is wrong with one source file, given by its path from the root."""
    module = module_of(file)
    tree = ast.parse(source)
    found = [*import_problems(file, module, tree), *form_problems(file, source, tree)]
    if part_of(module) == "cogs":
        found += sentence_problems(tree)
    return [f"{file}: {problem}" for problem in found]


def module_of(file: Path) -> str:
    return ".".join(file.with_suffix("").parts).removesuffix(".__init__")


def part_of(module: str) -> str | None:
    """Return the part that a module belongs to, None for an edge."""
    return next((part for part in MAY_IMPORT if inside(module, part)), None)


def service_of(module: str) -> str | None:
    """Return the package of services that a module belongs to, if any."""
    parts = module.split(".")
    return (
        parts[2]
        if parts[:2] == ["bot", "services"] and parts[2:3] != ["ports"] and parts[2:]
        else None
    )


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def imports(file: Path, module: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything that is imported, also in functions or for types."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def import_problems(file: Path, module: str, tree: ast.AST) -> Iterator[str]:
    part = part_of(module)
    if part is None:
        return
    for line, name in imports(file, module, tree):
        top = name.partition(".")[0]
        if top in ("bot", "cogs"):
            package = service_of(module)
            if (
                (other := service_of(name))
                and package
                and other not in (package, *SERVICES[package])
            ):
                yield f"line {line}: services.{package} may not import {name}"
            if not any(inside(name, package) for package in (part, *MAY_IMPORT[part])):
                yield f"line {line}: {part} may not import {name}"
            elif part == "cogs" and name.rpartition(".")[2] in STORES:
                yield f"line {line}: cogs never see a store ({name})"
        elif part == "bot.domain" and top not in sys.stdlib_module_names:
            yield f"line {line}: the domain imports the standard library only, not {top}"
        elif top in NOT_FOR.get(part, ()):
            yield f"line {line}: {part} may not import {top}"


def circle(sources: Mapping[Path, str]) -> list[str]:
    """Return modules that import each other in a circle, the first once more; none without one."""
    files = {module_of(file): file for file in sources}
    targets = {
        module: {
            target
            for _, name in imports(file, module, ast.parse(sources[file]))
            # A name of a module stands for the module.
            if (target := name if name in files else name.rpartition(".")[0]) in files
            and target != module
        }
        for module, file in files.items()
    }
    free: set[str] = set()

    def search(path: list[str]) -> list[str]:
        for target in sorted(targets[path[-1]] - free):
            if target in path:
                return [*path[path.index(target) :], target]
            if found := search([*path, target]):
                return found
        free.add(path[-1])
        return []

    return next((found for module in targets if (found := search([module]))), [])


def form_problems(file: Path, source: str, tree: ast.Module) -> Iterator[str]:
    lines = source.splitlines()
    if len(lines) > LONGEST:
        yield f"{len(lines)} lines: a file past {LONGEST} wants to be two"
    if tree.body and not ast.get_docstring(tree):
        yield "the module has no docstring"
    for name in VAGUE_NAMES.intersection(file.with_suffix("").parts):
        yield f"{name!r} names nothing"
    for number, line in enumerate(lines, start=1):
        if mark := re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"line {number}: {mark[1]}"
    yield from unit_problems(tree)
    if inside(".".join(file.parts), "bot.cli"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            yield f"line {node.lineno}: print() outside bot/cli"


def unit_problems(tree: ast.AST) -> Iterator[str]:
    """Yield the units of work that do not say what they exclude (docs/spec/data.md section 9)."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        database = ast.unparse(node.func.value).rpartition(".")[2].lstrip("_")
        if node.func.attr == "write" and database == "database" and not node.args:
            yield f"line {node.lineno}: a unit that writes says what it excludes"


def sentence_problems(tree: ast.AST) -> Iterator[str]:
    """Yield the sentences that are handed to Discord as literals; they belong to bot.ui."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in SENDERS:
            continue
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            parts = (part for part in ast.walk(argument) if isinstance(part, ast.Constant))
            if any(" " in str(part.value) for part in parts):
                text = ast.unparse(argument)
                yield f"line {node.lineno}: {text} holds a sentence: move it to bot.ui"


# --- the project --------------------------------------------------------------------------------


@every_case("file", FILES, ids=str)
def test_a_file_keeps_the_rules(file: Path) -> None:
    assert problems(file, (ROOT / file).read_text("utf-8")) == []


def test_every_part_exists_and_is_looked_at() -> None:
    seen = {part_of(".".join(file.with_suffix("").parts)) for file in FILES}
    assert seen >= {*MAY_IMPORT, None}


def test_every_package_of_services_has_its_directions() -> None:
    assert {path.name for path in (ROOT / "bot/services").iterdir() if path.is_dir()} - {
        "ports",
        "__pycache__",
    } == {*SERVICES}
    order = [*SERVICES]
    above = [
        f"{package} imports {other}"
        for package, others in SERVICES.items()
        for other in others
        if order.index(other) > order.index(package)
    ]
    assert above == [], "the packages must be listed from the bottom up"


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle({file: (ROOT / file).read_text("utf-8") for file in FILES}) == []


def test_no_folder_holds_more_modules_than_a_person_takes_in() -> None:
    # Of the migrations, which only ever grow, nobody takes in more than the newest.
    counted = Counter(
        file.parent
        for file in FILES
        if file.name != "__init__.py" and file.parent.name != "versions"
    )
    assert {str(folder): many for folder, many in counted.items() if many > MOST_MODULES} == {}


# --- the rules themselves -----------------------------------------------------------------------


@every_case(
    ("file", "source", "problem"),
    [
        ("cogs/a.py", "from bot.storage.jobs import SqlJobs", "cogs may not import bot.storage"),
        ("cogs/a.py", "import bot.storage", "cogs may not import bot.storage"),
        ("cogs/a.py", "from bot import storage", "cogs may not import bot.storage"),
        ("cogs/a.py", "from bot.providers import service", "cogs may not import bot.providers"),
        ("cogs/a.py", "from bot.config import load", "cogs may not import bot.config.load"),
        ("cogs/a.py", "def f():\n from bot.services.ports import UnitOfWork", "never see a store"),
        ("cogs/a.py", "from bot.services.ports.storage import Database", "never see a store"),
        ("cogs/a.py", "from bot.client import EaselClient", "cogs may not import bot.client"),
        ("cogs/a.py", "if TYPE_CHECKING:\n from bot.client import x", "may not import bot.client"),
        ("cogs/a.py", "import sqlalchemy", "cogs may not import sqlalchemy"),
        ("bot/services/a.py", "from bot.ui import cards", "may not import bot.ui.cards"),
        ("bot/services/a.py", "import discord.ui", "bot.services may not import discord"),
        ("bot/services/a.py", "from sqlalchemy import text", "may not import sqlalchemy"),
        ("bot/services/a.py", "from aiohttp.web import Request", "may not import aiohttp"),
        ("bot/services/a.py", "from ..storage import jobs", "may not import bot.storage.jobs"),
        ("bot/services/__init__.py", "from ..ui import x", "may not import bot.ui.x"),
        ("bot/services/p/a.py", "from ...app import App", "may not import bot.app.App"),
        ("bot/providers/a.py", "from bot.services.intake import Intake", "may not import"),
        ("bot/providers/a.py", "from bot.services import intake", "may not import"),
        ("bot/providers/a.py", "from bot.pictures.pool import Pictures", "may not import"),
        ("bot/storage/a.py", "from bot.services.portsmen import x", "may not import"),
        ("bot/ui/a.py", "from bot.app import App", "bot.ui may not import bot.app.App"),
        ("bot/domain/a.py", "from bot.services.ports import Clock", "may not import bot.services"),
        ("bot/domain/a.py", "import pydantic", "the standard library only, not pydantic"),
        ("bot/domain/a.py", "if TYPE_CHECKING:\n import yarl", "standard library only, not yarl"),
        ("bot/sandbox/a.py", "from bot.domain.catalog import Offer", "may not import bot.domain"),
        ("bot/sandbox/x/a.py", "from ... import domain", "may not import bot.domain"),
        ("bot/a.py", "x = 1\n" * 501, "501 lines"),
        ("bot/a.py", "x = 1", "no docstring"),
        ("bot/utils.py", '"""x"""', "'utils' names nothing"),
        ("cogs/helpers/a.py", '"""x"""', "'helpers' names nothing"),
        ("bot/a.py", '"""x"""\nx = 1  # TODO: later', "line 2: TODO"),
        ("bot/a.py", '"""x"""\nprint("x")', "line 2: print() outside bot/cli"),
        ("bot/services/a.py", "async with self._database.write() as uow: ...", "what it excludes"),
        ("bot/cli/a.py", "async with database.write(long=True) as uow: ...", "what it excludes"),
        ("cogs/a.py", 'await ctx.send("Not here")', "'Not here' holds a sentence"),
        ("cogs/a.py", 'await i.response.send_message(content=f"No {x} here")', "holds a sentence"),
        ("cogs/a.py", 'message.reply("a" if x else "b c", view=y)', "'b c' holds a sentence"),
    ],
)
def test_a_rule_can_be_broken(file: str, source: str, problem: str) -> None:
    found = [text for text in problems(Path(file), source) if problem in text]
    assert len(found) == 1
    assert found[0].startswith(f"{file}: ")


@every_case(
    ("file", "source"),
    [
        ("cogs/a.py", "import discord\nfrom bot.services.intake import Intake\nimport cogs.b"),
        ("cogs/a.py", "from bot.services.ports import Progress"),
        ("cogs/a.py", 'x = "a b"\nawait ctx.send(messages.not_here("x"), ephemeral=True)'),
        ("cogs/a.py", '@command(description="Draws a picture")\ndef f(): ...'),
        (
            "bot/services/a.py",
            "from bot.domain import job\nfrom .ports import Clock\nimport asyncio",
        ),
        ("bot/services/ports/__init__.py", "from .storage import Jobs\nfrom ..bell import Bell"),
        ("bot/providers/a.py", "import aiohttp\nfrom bot.services.ports.images import Order"),
        (
            "bot/storage/a.py",
            "from . import tables\nfrom bot.storage import rows\nimport sqlalchemy",
        ),
        ("bot/domain/a.py", "from __future__ import annotations\nimport zoneinfo, math.x"),
        ("bot/sandbox/x/a.py", "from ..world import World\nfrom . import limits\nimport PIL"),
        ("bot/app.py", "import discord\nfrom bot.storage import x\nfrom cogs import y"),
        ("bot/cli/a.py", 'print("hello there")'),
        ("bot/services/a.py", "async with self._database.write(GUARDED) as uow: ..."),
        ("bot/app.py", "async with self.database.write(*scopes, long=True) as uow: ..."),
        ("bot/app.py", "response.write()"),
        ("bot/a.py", 'x = "TODO"\ny = "#TODONE"'),
    ],
)
def test_what_the_rules_allow_passes(file: str, source: str) -> None:
    assert problems(Path(file), f'"""A module."""\n{source}') == []


@every_case(
    ("sources", "found"),
    [
        ({"bot/a.py": "import cogs.b", "cogs/b.py": "from bot import a"}, "bot.a cogs.b bot.a"),
        ({"bot/a.py": "from bot.b import X", "bot/b.py": "from .a import Y"}, "bot.a bot.b bot.a"),
        (
            {
                "bot/a.py": "from bot import b",
                "bot/b.py": "if TYPE_CHECKING:\n from bot.a import A",
            },
            "bot.a bot.b bot.a",
        ),
        (
            {"bot/a.py": "from bot import b", "bot/b.py": "def f():\n from bot.a import A"},
            "bot.a bot.b bot.a",
        ),
        (
            {"bot/p/__init__.py": "from bot.p.a import A", "bot/p/a.py": "from bot.p import B"},
            "bot.p bot.p.a bot.p",
        ),
        (
            {"bot/a.py": "import bot.b", "bot/b.py": "import bot.c", "bot/c.py": "import bot.b"},
            "bot.b bot.c bot.b",
        ),
        (
            {"bot/a.py": "import bot.b, bot.c", "bot/b.py": "import bot.c", "bot/c.py": "import x"},
            "",
        ),
    ],
)
def test_a_circle_is_seen(sources: dict[str, str], found: str) -> None:
    assert circle({Path(file): source for file, source in sources.items()}) == found.split()


def test_an_empty_package_needs_no_docstring() -> None:
    assert problems(Path("bot/x/__init__.py"), "") == []
