"""The container file, the unit and the compose file do what they say, as far as that can be run.

No image is built: the lines of the Dockerfile are run in a clean directory instead. The long tests
build one (tests/e2e/test_container.py).
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bot.app import Role
from bot.config import load
from bot.running import DRAIN_SECONDS

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"


def instructions() -> list[tuple[str, str]]:
    """Return what the Dockerfile says, in order."""
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def said(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the lines of the first stage with `/opt` and `/src` in a folder of their own."""
    root = tmp_path_factory.mktemp("image")
    source, easel = root / "src", root / "opt" / "easel"
    source.mkdir()
    for word, rest in instructions()[: [word for word, _ in instructions()].index("USER")]:
        if word == "COPY" and not rest.startswith("--from"):
            *files, target = rest.split()
            for file in files:
                copy(ROOT / file, source / target / ("" if target != "./" else file))
        elif word == "RUN" and not rest.startswith("useradd"):
            run(rest.replace("/opt/easel", str(easel)), source, easel)
    return root


def copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def run(line: str, folder: Path, easel: Path) -> None:
    if line.endswith("-r pip.txt"):
        return  # the pip of this Python is new enough for what is left
    if "--require-hashes" in line:
        # It needs the network: what it would install is lent by this environment.
        wanted = (folder / "wanted.txt").read_text().split()
        assert "discord.py==" in " ".join(wanted)
        # The pinned setuptools takes the place of the one that came with Python.
        run(f"{easel}/bin/pip uninstall --quiet --yes setuptools", folder, easel)
        lend = easel / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        (lend / "site-packages" / "lent.pth").write_text(sysconfig.get_path("purelib"))
        return
    if line.endswith("setuptools pip"):
        return  # setuptools is only lent
    first, _, rest = line.partition(" ")
    line = f"{shlex.quote(sys.executable)} {rest}" if first == "python3" else line
    done = subprocess.run(
        ["sh", "-ec", line], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def easel(image: Path, folder: Path, *arguments: str, **environment: str) -> str:
    """Run what the image's entry point names, where nothing of the sources is in reach."""
    (entry,) = json.loads(said("ENTRYPOINT")[0])
    program = entry.replace("/opt/easel", str(image / "opt" / "easel"))
    clean = {name: text for name, text in os.environ.items() if not name.startswith("EASEL_")}
    return subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=clean | environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


@pytest.mark.long
def test_the_lines_of_the_container_file_make_a_program_that_works(
    image: Path, tmp_path: Path
) -> None:
    assert easel(image, tmp_path, "--version").startswith("easel ")
    installed = subprocess.run(
        [image / "opt/easel/bin/python", "-c", "import bot; print(bot.__file__)"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert installed.startswith(str(image))
    assert len(json.loads(easel(image, tmp_path, "models", "--json"))) > 10
    # So are the languages.
    assert "数据库" in easel(image, tmp_path, "db", "--help", LC_ALL="zh_CN.UTF-8")
    # The migrations are in it, and the settings of the image are settings.
    settings = dict(pair.split("=", 1) for pair in shlex.split(said("ENV")[0]))
    settings = {name: text.replace("/data", str(tmp_path)) for name, text in settings.items()}
    easel(image, tmp_path, "db", "upgrade", **settings)
    assert (tmp_path / "easel.db").is_file()
    assert load(None, settings).health.port == 9464


@pytest.mark.long
def test_only_what_runs_is_installed_and_all_of_it_is_pinned(image: Path) -> None:
    wanted = (image / "src" / "wanted.txt").read_text().splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [line for line in wanted if not line.startswith("setuptools")] == project["dependencies"]
    assert not [line for line in wanted if "simcord" in line or "pytest" in line]
    assert all("==" in line for line in wanted)
    (install,) = [line for line in said("RUN") if "wanted.txt -c" in line]
    assert "--require-hashes" in install
    assert "-c requirements.lock" in install


@pytest.mark.long
def test_the_pip_that_installs_is_pinned_and_takes_hashes_from_constraints(image: Path) -> None:
    """The one of the base is what it is: 23.0 to 26.0 refuse the line that installs the rest."""
    pip, *hashes = (image / "src" / "pip.txt").read_text().splitlines()
    found = re.fullmatch(r"pip==(\d+)\.(\d+)\S* \\", pip)
    assert found
    assert (int(found[1]), int(found[2])) >= (26, 1)
    assert hashes
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in hashes)
    lines = [line for line in said("RUN") if "pip install" in line]
    assert "--require-hashes -r pip.txt" in lines[0]
    assert "-c requirements.lock" in lines[1]


def test_the_base_can_be_chosen() -> None:
    assert said("ARG") == ["BASE=python:3.11-slim", "EXTRAS="]
    assert said("FROM") == ["${BASE} AS build", "${BASE}"]


def test_the_image_runs_without_rights_and_hears_signals() -> None:
    assert int(said("USER")[-1]) > 999
    assert said("STOPSIGNAL") == ["SIGTERM"]
    # The form of a list: a shell in between would swallow the signal.
    assert json.loads(said("CMD")[-1]) == ["run"]
    assert not re.search(r"(?i)token|api_key", "\n".join(said("ENV")))


def test_the_health_check_of_the_image_is_a_program_that_runs() -> None:
    (check,) = said("HEALTHCHECK")
    port = dict(pair.split("=", 1) for pair in shlex.split(said("ENV")[0]))["EASEL_HEALTH__PORT"]
    program = json.loads(check.partition("CMD ")[2])
    assert int(port)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if len(asked) == 1 else 503)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    asked: list[str] = []
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        # The operator may have named another port.
        codes = [health(program[2], server.server_port) for _ in range(2)]
        server.shutdown()
    assert (codes, asked) == ([0, 1], ["/healthz"] * 2)
    assert health(program[2], server.server_port) == 1


def health(code: str, port: int) -> int:
    environment = os.environ | {"EASEL_HEALTH__PORT": str(port)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True
    ).returncode


def test_nothing_is_handed_to_the_build_but_what_it_copies() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    copied = [
        file for rest in said("COPY") if not rest.startswith("--from") for file in rest.split()[:-1]
    ]
    assert rules == ["*", *(f"!{file}" for file in copied), "**/__pycache__"]


def unit() -> dict[str, list[str]]:
    settings: dict[str, list[str]] = {}
    for line in (DEPLOY / "easel.service").read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not there")
    text = (DEPLOY / "easel.service").read_text()
    (tmp_path / "easel.service").write_text(text.replace("/opt/easel/bin/easel", "/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "easel.service"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_stop_gives_the_bot_the_time_that_it_takes() -> None:
    settings = unit()
    assert int(settings["TimeoutStopSec"][0]) > DRAIN_SECONDS
    # The picture workers are of the same group, and are needed until the end.
    assert settings["KillMode"] == ["mixed"]
    assert settings["RestartPreventExitStatus"] == ["2"]
    grace = re.search(r"stop_grace_period: (\d+)s", (DEPLOY / "compose.yaml").read_text())
    assert grace
    assert int(grace[1]) > DRAIN_SECONDS


def test_every_setting_of_the_unit_and_the_compose_file_is_one() -> None:
    given = dict(pair.split("=", 1) for pair in unit()["Environment"])
    # Names alone: what is not set must not win over the configuration file.
    names = re.findall(r"(?m)^\s+- (EASEL_\w+)$", (DEPLOY / "compose.yaml").read_text())
    given |= {name: "[1]" if "ACCESS" in name else "x" for name in names}
    assert len(given) == 6
    text = re.sub(r"(?m)^ *#.*\n", "", (DEPLOY / "compose.yaml").read_text())
    assert "EASEL_" not in re.sub(r"- EASEL_\w+\n", "", text)
    assert load(None, given).discord.token.get_secret_value() == "x"


def scaled() -> str:
    """Return the compose file for several processes, without comments."""
    return re.sub(r"(?m)^ *#.*\n", "", (DEPLOY / "compose.scale.yaml").read_text())


def test_every_setting_of_the_compose_file_for_several_processes_is_one() -> None:
    given = dict(re.findall(r"(?m)^    (EASEL_\w+): (\S+)$", scaled()))
    storage = load(None, given).storage
    # What the two addresses need is built in.
    (extras,) = re.findall(r"EXTRAS: (.+)", scaled())
    assert storage.url.startswith("postgresql+asyncpg://easel@database/")
    assert extras.split() == ["postgres", "s3"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra in extras.split():
        locked = (ROOT / f"requirements.{extra}.lock").read_text()
        assert any(f"requirements.{extra}.lock" in files for files in said("COPY"))
        for pinned in project["optional-dependencies"][extra]:
            assert f"\n{pinned}" in locked
    (lines,) = [line for line in said("RUN") if "${EXTRAS}" in line]
    assert "--require-hashes -r requirements.$extra.lock" in lines
    # The store makes a bucket of this folder, and the database has that name.
    assert f"- pictures:/data/{storage.pictures.removeprefix('s3://')}\n" in scaled()
    assert f"POSTGRES_DB: {storage.url.rpartition('/')[2]}\n" in scaled()


def test_the_processes_of_the_compose_file_are_one_gateway_and_two_workers() -> None:
    commands = [words.split(", ") for words in re.findall(r"command: \[(run.*)\]", scaled())]
    assert [words[:2] for words in commands] == [["run", "--role"]] * 2
    assert [Role(words[2]) for words in commands] == [Role.GATEWAY, Role.WORKER]
    assert re.findall(r"replicas: (\d+)", scaled()) == ["2"]


def test_several_processes_have_no_more_rights_and_no_less_time_than_one() -> None:
    text = scaled()
    grace = re.search(r"stop_grace_period: (\d+)s", text)
    assert grace
    assert int(grace[1]) > DRAIN_SECONDS
    for part in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
        assert part in text
    mounted = re.findall(r"(?m)^ +- (\w+):/", text)
    declared = re.findall(r"(?m)^  (\w+):$", text.partition("\nvolumes:\n")[2])
    assert sorted(mounted) == sorted(declared)
    assert f"- data:{said('VOLUME')[0]}\n" in text


def test_the_words_that_the_compose_file_wants_are_named_where_it_is_described() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?\}", scaled()))
    assert wanted == {"PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    page = (ROOT / "docs" / "scaling.md").read_text()
    head = (DEPLOY / "compose.scale.yaml").read_text().partition("x-easel")[0]
    assert all(name in page and name in head for name in wanted)


@pytest.mark.parametrize("name", ["easel.service", "compose.yaml"])
def test_the_secrets_in_the_comments_are_settings(name: str, tmp_path: Path) -> None:
    (variable,) = re.findall(r"#.*(EASEL_\w+_FILE)=", (DEPLOY / name).read_text())
    (tmp_path / "secret").write_text("x\n")
    given = {variable: str(tmp_path / "secret")}
    assert load(None, given).discord.token.get_secret_value() == "x"


def test_the_written_command_has_the_settings_and_the_user_of_the_unit() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    found = re.search(r"#!/bin/sh\nexec (systemd-run .*?)\n```", text, re.DOTALL)
    assert found
    words = shlex.split(found[1].replace("\\\n", " "))
    pairs = list(itertools.pairwise(words))
    assert [value for option, value in pairs if option == "-E"] == unit()["Environment"]
    properties = dict(value.split("=", 1) for option, value in pairs if option == "-p")
    # The unit's own name is the name of its user.
    assert properties.pop("User") == "easel"
    assert all(unit()[name] == [value] for name, value in properties.items())
    assert words[-2:] == [unit()["ExecStart"][0].split()[0], "$@"]


def test_the_compose_file_keeps_what_must_stay_where_the_image_puts_it() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    (volume,) = re.findall(r"- (\w+):(/\w+)", text)
    assert [volume[1]] == said("VOLUME")
    assert f"\nvolumes:\n  {volume[0]}:" in text
    for part in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"):
        assert part in text
