"""`serve-apis`: only the local image APIs, for trying things out without paying."""

from __future__ import annotations

import asyncio

import click

from bot.cli.config_option import config_option, configured
from bot.cli.until_stopped import until_told
from bot.ui import terminal, usage


@click.command("serve-apis", help=str(usage.SERVE_APIS_HELP))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help=str(usage.PORT_HELP),
)
@config_option
def serve_apis(config: str | None, port: int) -> None:
    if config is not None:
        configured(config)
    # Imported here: no other command serves anything.
    from bot.sandbox.image_apis import configuration_fragment, serve

    def ready(url: str) -> None:
        click.echo(configuration_fragment(url))
        click.echo(terminal.serving(url), err=True)

    asyncio.run(until_told(serve(port, ready)))
