"""`generate`: one request without Discord, through the same checks and providers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from bot.cli.config_option import config_option
from bot.cli.outcome import DONE, StoppedError
from bot.ui import terminal, usage


@click.command(help=str(usage.GENERATE_HELP))
@click.argument("prompt", default="", required=False)
@click.option("--model", metavar="ID", help=str(usage.MODEL_HELP))
@click.option("--operation", metavar="[generate|edit]", help=str(usage.OPERATION_HELP))
@click.option("--reference", metavar="FILE_OR_URL", multiple=True, help=str(usage.REFERENCE_HELP))
@click.option("--mask", metavar="FILE_OR_URL", help=str(usage.MASK_HELP))
@click.option("--size", metavar="S", help=str(usage.SIZE_HELP))
@click.option("--aspect", metavar="A", help=str(usage.ASPECT_HELP))
@click.option("--count", metavar="N", help=str(usage.COUNT_HELP))
@click.option("--related/--separate", "related", default=None, help=str(usage.RELATED_HELP))
@click.option("--seed", metavar="N", help=str(usage.SEED_HELP))
@click.option("--guidance", metavar="X", help=str(usage.GUIDANCE_HELP))
@click.option("--quality", metavar="Q", help=str(usage.QUALITY_HELP))
@click.option("--background", metavar="B", help=str(usage.BACKGROUND_HELP))
@click.option("--format", metavar="F", help=str(usage.FORMAT_HELP))
@click.option("--compression", metavar="N", help=str(usage.COMPRESSION_HELP))
@click.option("--moderation", metavar="M", help=str(usage.MODERATION_HELP))
@click.option("--watermark/--no-watermark", default=None, help=str(usage.WATERMARK_HELP))
@click.option("--stream", is_flag=True, default=None, help=str(usage.STREAM_HELP))
@click.option("--output", metavar="DIR", default=".", help=str(usage.OUTPUT_HELP))
@click.option("--dry-run", is_flag=True, help=str(usage.DRY_RUN_HELP))
@click.option("--json", "as_json", is_flag=True, help=str(usage.JSON_HELP))
@config_option
def generate(config: str | None, output: str, dry_run: bool, as_json: bool, **options: Any) -> int:
    # Imported here: the other commands need nothing of it.
    from bot.cli.config_option import configured
    from bot.cli.generate.draft_options import Submission
    from bot.cli.generate.request import preview, request

    configuration = configured(config)
    submission = Submission(**options)
    if dry_run:
        result = asyncio.run(preview(configuration, submission))
        if as_json:
            click.echo(json.dumps(result))
        else:
            _tell(result["notes"])
            click.echo(json.dumps(result, indent=2, ensure_ascii=False))
        return DONE
    try:
        done = asyncio.run(request(configuration, submission, Path(output)))
    except KeyboardInterrupt:
        raise StoppedError("interrupted", str(terminal.REQUEST_INTERRUPTED)) from None
    if as_json:
        click.echo(json.dumps(done))
    else:
        _tell(done["notes"])
        _tell(failure["message"] for failure in done["failed"])
        for image in done["images"]:
            click.echo(image["path"])
    return DONE


def _tell(lines: Any) -> None:
    for line in lines:
        click.echo(line, err=True)
