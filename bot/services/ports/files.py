"""Time, files and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.catalog import ReferenceRule
from bot.domain.provenance import Marks
from bot.domain.requests.consent import Whose
from bot.domain.requests.request import Reference
from bot.domain.variations.canvas import Margins


class Clock(Protocol):
    """The wall clock, in UTC seconds."""

    def now(self) -> int: ...


# Kept free in the spool for each picture before anything is sent (docs/spec/crashes.md, K25).
EXPECTED_PICTURE_BYTES = 2 * 20_000_000


class Spool(Protocol):
    """The files of jobs: written at a path, put before the database says so, then got.

    A folder, or a store that several machines share, with copies here. Both raise OSError for the
    disk; `room_for`, `put`, `get`, `tend` and `job_ids` raise StorageError while a store is away.
    """

    def path(self, relative: str) -> Path:
        """Where a file is to be written."""
        ...

    def reference(self, job_id: str, role: str, position: int) -> str: ...

    def reply(self, job_id: str, seq: int, try_number: int) -> str: ...

    def picture(self, job_id: str, position: int) -> str: ...

    def fitted(self, job_id: str, position: int) -> str: ...

    def marked(self, job_id: str, position: int) -> str: ...

    def thumbnail(self, job_id: str, position: int) -> str: ...

    def judged(self, job_id: str, name: str) -> str: ...

    async def room_for(self, expected_bytes: int, *, granted: bool = True) -> bool:
        """Whether the disk and the spool's own limit hold that much more.

        It counts as used from then on, unless nobody is going to write it yet (`granted` False).
        """
        ...

    async def put(self, relative: str, *, synced: bool = False) -> None:
        """Keep a written file for good: after a power cut, and for other machines if they share.

        `synced` says that its bytes and its name in the job's folder survive already.
        """
        ...

    async def get(self, relative: str) -> Path | None:
        """A local file, which stays for ten minutes at least; None where it is not kept."""
        ...

    async def tend(self) -> None:
        """Look after the files, once a minute."""
        ...

    def remove(self, job_id: str) -> None:
        """Delete a job's files; may wait for the network."""
        ...

    def job_ids(self) -> list[str]:
        """Which jobs have files; may wait for the network."""
        ...

    def sweep(
        self, job_ids: list[str], ends: Mapping[str, int | None], *, now: int, keep_seconds: int
    ) -> list[str]:
        """Delete the files that are not needed any more; return their job ids."""
        ...


class PictureFile(Protocol):
    """A whole picture: type from its bytes, size after EXIF rotation.

    `frames` is 1, or 2 for more; `common` says that every viewer shows the file as it is.
    `pixel_hash` is that of the coded pixels, and `marks` are as they are stored.
    """

    @property
    def mime(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def bytes(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    @property
    def pixel_hash(self) -> str: ...

    @property
    def marks(self) -> str: ...

    @property
    def frames(self) -> int: ...

    @property
    def common(self) -> bool: ...


class MarkedFile(Protocol):
    """A file that marks were written to."""

    @property
    def bytes(self) -> int: ...


class PictureFacts(PictureFile, Protocol):
    """A decoded picture; `rotated` says that the EXIF orientation turns or flips it."""

    @property
    def rotated(self) -> bool: ...


class Pictures(Protocol):
    """Everything that decodes or encodes, in worker processes; raises PictureError."""

    @property
    def writes_marks(self) -> bool:
        """Whether results are given the marks that they lack."""
        ...

    @property
    def checks_credentials(self) -> bool:
        """Whether `marks` tells valid content credentials from broken ones."""
        ...

    @property
    def knows_issuers(self) -> bool:
        """Whether `marks` may find an issuer that the operator trusts."""
        ...

    async def inspect_result(self, source: Path) -> PictureFile:
        """Say what a file is, and whether it is whole; decode it where its bytes do not tell."""
        ...

    async def fit(
        self,
        source: Path,
        target: Path,
        *,
        limit_bytes: int,
        mime: str | None = None,
        content_id: str = "",
    ) -> PictureFacts:
        """Re-encode to at most so many bytes, as `mime` where that fits, with its marks.

        `content_id` names the picture where a mark asks for a number.
        """
        ...

    async def mark(
        self, source: Path, target: Path, *, limit_bytes: int, content_id: str = ""
    ) -> MarkedFile | None:
        """Write a copy with the marks that a picture lacks; None, and no file, for none."""
        ...

    async def thumbnail(self, source: Path, target: Path, *, longest_edge: int) -> PictureFacts:
        """Write a small JPEG of a picture."""
        ...

    async def marks(self, source: Path) -> Marks:
        """Say what a picture tells of where it comes from, whatever size or type it has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceSource:
    """A picture that a member named: an attachment's address, an http(s) URL, or a local file.

    `trusted` marks an address of Discord's own CDN; a URL typed by a person never is. Where both
    are given, `path` holds the bytes and `url` is where services may fetch them. `result` says
    which picture of which job it is, so that it can be found again: job id, number. `owner_id` is
    whose picture it is, where that is known, and `whose` what that is. `proxy_url` is Discord's
    copy of a picture in a link's preview, for sites that refuse us. `spoiler`: it is shown behind
    one, and so is what is made from it.
    """

    url: str | None = None
    path: Path | None = None
    name: str = ""
    declared_bytes: int | None = None
    trusted: bool = False
    result: tuple[str, int] | None = None
    owner_id: int | None = None
    whose: Whose = Whose.MEMBER
    proxy_url: str | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedReference:
    """A reference that fits a rule, and the names of what had to be changed for it.

    `converted`: the file is not what the address serves, even if only its metadata was removed.
    """

    reference: Reference
    changes: tuple[str, ...] = ()
    converted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """A reference picture kept in the spool: facts for the check, and where the file is.

    `path` is relative to the spool. `url` is the public address it came from, if any, with
    `url_expires_at` (UTC seconds) where the address says so. `converted`: the file is not what
    the address serves, be it that only its metadata went. `result` is the picture of a job that
    it was: job id, number. `owner_id` and `whose` say whose it was, where that was not who asked.
    """

    position: int
    role: str
    path: str
    mime: str
    width: int
    height: int
    bytes: int
    sha256: str = ""
    url: str | None = None
    url_expires_at: int | None = None
    converted: bool = False
    result: tuple[str, int] | None = None
    owner_id: int | None = None
    whose: Whose = Whose.MEMBER


class References(Protocol):
    """Fetches a reference into a file and makes it fit for a rule; raises PictureError."""

    async def fetch(self, source: ReferenceSource, target: Path) -> Reference:
        """Download or copy within the size cap, decode fully, and tell what it is."""
        ...

    async def prepare(self, path: Path, found: Reference, rule: ReferenceRule) -> PreparedReference:
        """Convert a fetched file in place to what the rule takes, without metadata."""
        ...

    async def prepare_mask(
        self, path: Path, rule: ReferenceRule, *, width: int, height: int
    ) -> Reference:
        """Make a mask of exactly this size in place of what the member gave."""
        ...

    async def extend(self, path: Path, mask: Path, margins: Margins) -> tuple[Reference, Reference]:
        """Extend a fetched file in place, and write the mask of what is new."""
        ...
