"""`demo`: a simulated Discord in the browser with the real bot and local image APIs behind it."""

from __future__ import annotations

import asyncio
import importlib.util
import webbrowser

import click

from bot.cli.config_option import config_option, configured
from bot.cli.outcome import StoppedError
from bot.cli.until_stopped import until_told
from bot.ui import terminal, usage

# The local image APIs, which are not imported for their names alone.
PROVIDERS = (
    "routescope",
    "seededit",
    "seedream",
    "openai",
    "ark",
    "byteplus",
    "openrouter",
    "home",
)


@click.command(help=str(usage.DEMO_HELP))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help=str(usage.PORT_HELP))
@click.option("--no-browser", is_flag=True, help=str(usage.NO_BROWSER_HELP))
@click.option(
    "--provider",
    "providers",
    type=click.Choice(PROVIDERS),
    multiple=True,
    help=str(usage.DEMO_PROVIDER_HELP),
)
@config_option
def demo(config: str | None, port: int, no_browser: bool, providers: tuple[str, ...]) -> None:
    if config is not None:
        configured(config)
    if importlib.util.find_spec("simcord") is None:
        raise StoppedError("setup", str(terminal.NO_SIMCORD))

    click.echo(terminal.DEMO_STARTS, err=True)

    # Imported here: the extra that it needs may be missing, and it takes a moment.
    from bot.demo import demo as show

    def ready(url: str) -> None:
        click.echo(url)
        click.echo(terminal.DEMO_READY, err=True)
        if not no_browser:
            webbrowser.open(url)

    chosen = {"providers": providers} if providers else {}
    asyncio.run(until_told(show(port, ready, **chosen)))
