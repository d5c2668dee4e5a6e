"""The command line as a process of its own: real picture workers, real signals, real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from bot.sandbox.image_apis import ImageApis
from tests.cli.console import picture

MODEL = "doubao-seedream-4-5-251128"


async def easel(folder: Path, *arguments: str, **environment: str) -> Process:
    """Start a command in an empty folder, with only these settings."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("EASEL_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=folder,
        env=inherited | {"PYTHONPATH": os.getcwd()} | environment,
        stdout=PIPE,
        stderr=PIPE,
    )


async def test_a_dry_run_looks_at_files_in_real_workers(tmp_path: Path) -> None:
    reference = picture(tmp_path, 900, 300)
    options = ("--model", "doubao-seededit-3-0-i2i-250628", "--reference", reference)
    process = await easel(tmp_path, "generate", "a fox", *options, "--dry-run", "--json")
    out, err = await process.communicate()
    assert (process.returncode, err) == (2, b"")
    assert [item["field"] for item in json.loads(out)["violations"]] == ["reference"]


@pytest.mark.parametrize("options", [(), ("--json",)])
async def test_ctrl_c_ends_a_request_with_one_sentence(
    tmp_path: Path, apis: ImageApis, options: tuple[str, ...]
) -> None:
    apis.gate.clear()
    process = await easel(
        tmp_path,
        "generate",
        "a fox",
        *options,
        EASEL_PROVIDERS__ROUTESCOPE__BASE_URL=f"{apis.url}/routescope",
        EASEL_PROVIDERS__ROUTESCOPE__API_KEY="local",
    )
    await apis.until(lambda: apis.waiting == 1)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert process.returncode == 1
    if options:
        assert (json.loads(out)["error"]["class"], err.strip()) == ("interrupted", b"")
    else:
        assert out == b""
        assert err.strip().startswith(b"Stopped.")
        assert len(err.strip().splitlines()) == 1


async def test_the_local_apis_serve_their_own_configuration_until_they_are_told_to_stop(
    tmp_path: Path,
) -> None:
    serving = await easel(tmp_path, "serve-apis", "--port", "0")
    assert serving.stdout is not None
    assert serving.stderr is not None
    try:
        assert b"Ctrl-C" in await serving.stderr.readline()
        fragment = await serving.stdout.readuntil(b"[providers.seedream]\n")
        fragment += await serving.stdout.readuntil(b'api_key = "local"\n')
        (tmp_path / "config.toml").write_bytes(fragment)
        process = await easel(tmp_path, "generate", "a fox", "--model", MODEL, "--json")
        out, _ = await process.communicate()
        assert process.returncode == 0
        (image,) = json.loads(out)["images"]
        assert image["path"] in os.listdir(tmp_path)
    finally:
        serving.send_signal(signal.SIGTERM)
        _, err = await serving.communicate()
    assert (serving.returncode, err) == (0, b"")


async def test_a_taken_port_is_one_sentence(tmp_path: Path, apis: ImageApis) -> None:
    port = apis.url.rpartition(":")[2]
    process = await easel(tmp_path, "serve-apis", "--port", port)
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert b"--port" in err
    assert len(err.splitlines()) == 1


async def test_a_reader_that_leaves_early_hears_no_complaint(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "models",
        "--json",
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.getcwd()},
        stdout=writing,
        stderr=PIPE,
    )
    os.close(writing)
    _, err = await process.communicate()
    assert (process.returncode, err) == (1, b"")
