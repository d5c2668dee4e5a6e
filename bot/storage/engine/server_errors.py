"""What is wrong with a database server, in plain words; the driver's errors say it in codes.

The codes are PostgreSQL's own (its documentation, appendix A).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from bot.domain.errors import StorageError
from bot.domain.setup_problems import SetupProblem

_BY_CODE = {
    "28000": SetupProblem.SERVER_LOGIN,
    "28P01": SetupProblem.SERVER_LOGIN,
    "3D000": SetupProblem.SERVER_DATABASE,
    "42501": SetupProblem.SERVER_RIGHTS,
    "25006": SetupProblem.SERVER_READ_ONLY,
    "53100": SetupProblem.SERVER_FULL,
    "53300": SetupProblem.SERVER_CONNECTIONS,
    # Two units that hold each other up, against all order: each may run again.
    "40001": SetupProblem.SERVER_CONFLICT,
    "40P01": SetupProblem.SERVER_CONFLICT,
}
# Classes of codes: connections, the server's resources, its operator, the machine.
_AWAY = ("08", "53", "57P", "58", "XX")


@contextmanager
def server_words(url: URL) -> Generator[None]:
    """Turn what a server or the way to it does into a StorageError; let a mistake of ours pass."""
    try:
        yield
    except (TimeoutError, DBAPIError, NoConnectionError, OSError) as error:
        plain = _in_plain_words(error, url)
        if plain is None:
            raise
        raise plain from error
    except Exception as error:
        # The driver's own errors pass SQLAlchemy while it connects.
        if not type(error).__module__.startswith("asyncpg"):
            raise
        raise (_in_plain_words(error, url) or _away(error, url)) from error


def _in_plain_words(error: Exception, url: URL) -> StorageError | None:
    driver = (error.orig or error) if isinstance(error, DBAPIError) else error
    code = str(getattr(driver, "sqlstate", None) or "")
    if problem := _BY_CODE.get(code):
        return StorageError(problem, **_named(url), why=_said(driver))
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or not isinstance(error, DBAPIError) or code.startswith(_AWAY):
        return _away(driver, url)
    return None


def _away(error: BaseException, url: URL) -> StorageError:
    return StorageError(SetupProblem.SERVER_AWAY, **_named(url), why=_said(error))


def _named(url: URL) -> Mapping[str, object]:
    return {
        "host": url.host or "localhost",
        "port": url.port or 5432,
        "database": url.database or url.username,
        "role": url.username,
    }


def _said(error: BaseException) -> str:
    """Return the first line of an error, without SQLAlchemy's frame around it."""
    text = str(error).strip().partition("\n")[0]
    return text.rpartition(">: ")[2] or type(error).__name__
