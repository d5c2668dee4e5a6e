"""`provenance`: a certificate for the content credentials of pictures, to start with."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.config_option import config_option, configured
from bot.cli.outcome import FAILED, REFUSED, StoppedError
from bot.domain.provenance import SigningError
from bot.ui import terminal
from bot.ui.messages.operator import provenance as words
from bot.ui.messages.operator import setup_problems

_FOLDER = "provenance"
# Of an organisation in a certificate (X.520).
_LONGEST_NAME = 64


@click.group(help=str(words.PROVENANCE_HELP))
def provenance() -> None:
    pass


@provenance.command(help=str(words.INIT_HELP))
@click.option("--organisation", metavar="NAME", help=str(words.ORGANISATION_HELP))
@click.option("--folder", metavar="DIR", help=str(words.FOLDER_HELP))
@config_option
def init(config: str | None, organisation: str | None, folder: str | None) -> None:
    # Imported here: the library behind it is an extra.
    from bot.pictures.marks.certificate import make
    from bot.pictures.marks.signer import try_out

    configuration = configured(config)
    place = Path(folder) if folder else configuration.storage.data_dir / _FOLDER
    named = (organisation or configuration.pictures.producer).strip()
    if not named or len(named) > _LONGEST_NAME:
        raise StoppedError("usage", words.organisation_wrong(_LONGEST_NAME), code=REFUSED)
    try:
        chain, key = make(place, named)
        signing_key = try_out(str(chain), str(key))
    except FileExistsError as error:
        raise StoppedError("usage", words.is_there(str(error.args[0])), code=REFUSED) from None
    except SigningError as error:
        problem = setup_problems.signing(error.problem)
        raise StoppedError("setup", words.not_made(problem), code=FAILED) from None
    except OSError as error:
        why = terminal.reason(error)
        raise StoppedError("setup", words.not_made(why), code=FAILED) from None
    for line in words.made(str(chain), str(key), signing_key.expires_at.date().isoformat()):
        click.echo(line)
