"""The file beside a SQLite database that says how far the database went.

No copy of the database takes it along, so a copy that was put in the database's place is recognised
(docs/spec/data.md section 7).
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import SetupError
from bot.domain.setup_problems import SetupProblem

log = logging.getLogger(__name__)

_LINE = re.compile(rb"([0-9a-f]{32}) (\d{15})\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """How far a database went: the number of write-ahead marks since its `lineage` began.

    A database that is told to be a restored copy begins another lineage.
    """

    lineage: str
    number: int = 0


def new_lineage() -> str:
    """Return a random name, which tells the copies of one lineage from those of another."""
    return secrets.token_hex(16)


class GenerationFile:
    """`easel.db.generation` of `easel.db`. Its methods raise SetupError where it cannot be used."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.path = database.with_name(f"{database.name}.generation")
        self._lineage = ""
        self._held: int | None = None

    def read(self) -> Generation | None:
        """Return what is written; None where the file is missing or damaged."""
        try:
            found = _LINE.fullmatch(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        return Generation(lineage=found[1].decode(), number=int(found[2])) if found else None

    def refuse_copy(
        self, stored: Generation | None, written: Generation | None, *, used: bool
    ) -> None:
        """Raise SetupError unless the database went as far as the file says.

        `stored` is the database's own, None for one of a release that had none; `written` that of
        the file. `used`: the database has requests.
        """
        if written is None:
            if stored is not None:
                raise SetupError(SetupProblem.NO_GENERATION, file=self.path, database=self.database)
            return
        if stored is None:
            # The file comes first; and a new database may lie where another one was.
            behind = used and written.number > 0
        else:
            behind = stored.lineage != written.lineage or stored.number < written.number
        if behind:
            raise SetupError(SetupProblem.RESTORED_COPY, database=self.database)

    def create(self) -> None:
        """Begin a lineage, unless another process was faster."""
        part = self._part(Generation(lineage=new_lineage()))
        try:
            os.link(part, self.path)
        except OSError:
            # Sticks and shares often know no links; and a damaged file is no lineage.
            if self.read() is None:
                self._name(part)
        finally:
            part.unlink(missing_ok=True)
        self._sync_folder()

    def replace(self, generation: Generation) -> None:
        """Write another lineage over the old one."""
        self._name(self._part(generation))
        self._sync_folder()

    def hold(self) -> None:
        """Keep the file open: that says that a bot runs on the database. Waits for `alone`."""
        self.close()
        try:
            while self._held is None:
                descriptor = os.open(self.path, os.O_RDWR)
                _lock(descriptor)
                # `replace` may have put another file there meanwhile.
                if os.path.samestat(os.fstat(descriptor), os.stat(self.path)):
                    self._held = descriptor
                else:
                    os.close(descriptor)
        except OSError as error:
            raise self._unusable(error) from error

    def write(self, generation: Generation) -> None:
        """Write a generation that the database has committed.

        Nothing is synced: after a power cut the database is ahead of the file, and is no copy.
        """
        self._lineage = generation.lineage
        self.advance(generation.number)

    def advance(self, number: int) -> None:
        """Write the next number of the same lineage; nothing where the file is not held."""
        if self._held is None:
            return
        try:
            os.lseek(self._held, 0, os.SEEK_SET)
            os.write(self._held, _line(Generation(lineage=self._lineage, number=number)))
        except OSError as error:
            # The mark itself is in the database.
            log.warning("%s cannot be written: %s", self.path, error)

    def close(self) -> None:
        """Let the file go."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    @contextmanager
    def alone(self) -> Generator[None]:
        """Let no bot begin meanwhile; raises SetupError while one runs."""
        try:
            descriptor = os.open(self.path, os.O_RDWR)
        except FileNotFoundError:
            yield
            return
        except OSError as error:
            raise self._unusable(error) from error
        try:
            if not _lock(descriptor, alone=True):
                raise SetupError(SetupProblem.BOT_RUNS, database=self.database)
            yield
        finally:
            os.close(descriptor)

    def _part(self, generation: Generation) -> Path:
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            with open(part, "wb", opener=_for_the_operator) as file:
                file.write(_line(generation))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._unusable(error) from error
        return part

    def _name(self, part: Path) -> None:
        try:
            part.replace(self.path)
        except OSError as error:
            raise self._unusable(error) from error

    def _sync_folder(self) -> None:
        if sys.platform == "win32":
            return  # a folder cannot be opened there
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _unusable(self, error: OSError) -> SetupError:
        return SetupError(SetupProblem.GENERATION_FILE, file=self.path, why=error.strerror)


def _line(generation: Generation) -> bytes:
    # Of one length, so that writing over it never leaves a part of the old one.
    return f"{generation.lineage} {generation.number:015}\n".encode()


def _for_the_operator(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lock(descriptor: int, *, alone: bool = False) -> bool:
    """Share the file, or have it `alone`; False when somebody else has it."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    except OSError:
        return True  # some network shares know no locks
    return True
