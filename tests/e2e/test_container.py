"""The container image, built and started for real from the Dockerfile that is shipped.

A base of Debian's own packages stands in for the one that a registry has. `.ci/prepare` makes it
and fetches the wheels, so nothing is downloaded here. It takes some three minutes on two cores.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.e2e.place import ROOT, Place
from tests.test_deploy import said

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "easel"
USER = 10001
MOST_BYTES = 300_000_000  # beyond the base


def missing() -> str | None:
    """Return why no image can be built here."""
    if os.geteuid() != 0:
        return "only root builds in a chroot"
    if shutil.which("buildah") is None:
        return "buildah is not there"
    if not (CACHE / "base.tar").is_file() or not (CACHE / "wheels").is_dir():
        return ".ci/prepare has not been run"
    return None


pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
]


class Buildah:
    """Buildah with images and containers of its own."""

    def __init__(self, folder: Path) -> None:
        self.command = ("buildah", "--root", f"{folder}/root", "--runroot", f"{folder}/run")

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=900
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def runs(self, container: str, *options: str) -> list[str]:
        """Return the words before a command that runs in a container as the image's user."""
        chroot = ("run", "--isolation", "chroot", "--user", str(USER))
        return [*self.command, *chroot, *options, container, "--"]


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    folder = tmp_path_factory.mktemp("buildah")
    buildah = Buildah(folder)
    yield buildah
    buildah("rm", "--all")
    buildah("rmi", "--all", "--force")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def image(buildah: Buildah, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Build the image; its pip finds files and no network."""
    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, f"{CACHE}/base.tar", "/")
    buildah("commit", "--quiet", base, "localhost/base")
    settings = tmp_path_factory.mktemp("pip") / "pip.conf"
    settings.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
    build = ("bud", "--isolation", "chroot", "--pull-never", "--build-arg", "BASE=localhost/base")
    lent = (f"{CACHE}/wheels:/wheels:ro", f"{settings}:/etc/pip.conf:ro")
    volumes = [word for volume in lent for word in ("--volume", volume)]
    buildah(*build, *volumes, "--file", "deploy/Dockerfile", "--tag", "localhost/easel", ".")
    return "localhost/easel"


@pytest.fixture
def container(buildah: Buildah, image: str) -> str:
    return buildah("from", "--pull-never", image)


def inside(
    buildah: Buildah, container: str, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in the container."""
    options = [f"--env={name}={text}" for name, text in environment.items()]
    words = [*buildah.runs(container, *options), *command]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


def test_it_holds_what_runs_and_nothing_else(buildah: Buildah, container: str) -> None:
    assert inside(buildah, container, "id", "-u").stdout == f"{USER}\n"
    assert inside(buildah, container, "easel", "--version").stdout.startswith("easel ")
    models = inside(buildah, container, "easel", "models", "--json")
    assert models.returncode == 0, models.stderr
    assert len(json.loads(models.stdout)) > 10
    absent = "import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    code = absent.format(names=("pip", "setuptools", "pytest", "simcord", "greenlet.tests"))
    assert inside(buildah, container, "python", "-c", code).stdout == "[]\n"
    assert inside(buildah, container, "touch", "/opt/easel/x").returncode != 0
    root = Path(buildah("mount", container))
    sizes = [file.lstat().st_size for file in (root / "opt/easel").rglob("*") if file.is_file()]
    assert sum(sizes) < MOST_BYTES


_DRAWING = """
import asyncio
from pathlib import Path
from bot.pictures.drawer import ChartDrawer
from bot.services.ports.charts import Chart, ChartKind

if __name__ == "__main__":
    chart = Chart(kind=ChartKind.DAYS, title="t", empty="e", labels=(), series=())
    asyncio.run(ChartDrawer(timeout_seconds=100).draw([chart], Path("chart.png")))
    print(Path("chart.png").read_bytes()[1:4])
"""


def test_it_draws(buildah: Buildah, container: str) -> None:
    """The libraries were relieved of their tests: they work without."""
    # As a file, since a worker begins with the program that started it.
    drawn = inside(buildah, container, "sh", "-c", f"echo '{_DRAWING}' >draw.py; python draw.py")
    assert drawn.stdout == "b'PNG'\n", drawn.stderr


async def test_it_serves_until_it_is_told_to_stop(
    buildah: Buildah, container: str, place: Place
) -> None:
    settings = place.environment(
        # Those of the image stand.
        EASEL_STORAGE__URL=None,
        EASEL_STORAGE__DATA_DIR=None,
        EASEL_ACCESS__GUILDS=None,
        EASEL_ACCESS__OPEN="true",
        EASEL_HEALTH__PORT="0",
    )
    told = await asyncio.to_thread(inside, buildah, container, "easel", "check", **settings)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Discord: the token belongs to " in told.stdout
    assert "Files: /data, " in told.stdout

    options = [f"--env={name}={text}" for name, text in settings.items()]
    entry = [*json.loads(said("ENTRYPOINT")[0]), *json.loads(said("CMD")[-1])]
    process = await place.execute(*buildah.runs(container, *options), *entry, environment={})
    await place.started(process)
    await place.alice.slash(place.art, "imagine", prompt="a lighthouse at dusk")
    await place.wire.until(lambda: len(place.results()) == 1, timeout=60)

    found = re.search(r"health and metrics: http://127\.0\.0\.1:(\d+)", place.log())
    assert found, place.log()
    health = json.loads(said("HEALTHCHECK")[0].partition("CMD ")[2])
    asked = await asyncio.to_thread(
        inside, buildah, container, *health, EASEL_HEALTH__PORT=found[1]
    )
    assert asked.returncode == 0, asked.stderr
    os.kill(bot_of(process.pid, entry), signal.SIGTERM)
    async with asyncio.timeout(60):
        assert await process.wait() == 0, place.log()
    assert not place.wire.connected


def bot_of(ancestor: int, entry: Sequence[str]) -> int:
    """Return the process of the image's entry point below this one, which is buildah."""
    words = "\0".join(entry).encode()
    below = [ancestor]
    for pid in below:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            below += map(int, task.read_text().split())
        python = Path(f"/proc/{pid}/exe").readlink().name.startswith("python")
        if python and words in Path(f"/proc/{pid}/cmdline").read_bytes():
            assert Path(f"/proc/{pid}").stat().st_uid == USER
            return pid
    raise AssertionError("the bot does not run")
