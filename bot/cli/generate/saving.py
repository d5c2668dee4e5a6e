"""Writing finished pictures: names made of the prompt, and no file is ever overwritten."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

from bot.domain.file_types import extension

# File systems take 255 bytes, and a letter may need four.
_LONGEST_NAME = 40


def slug(prompt: str) -> str:
    """Return the beginning of a prompt as a file name: letters and digits, joined by hyphens."""
    text = unicodedata.normalize("NFKC", prompt).casefold()
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > _LONGEST_NAME:
            break
        name = longer
    return name or "".join(words)[:_LONGEST_NAME] or "picture"


class OutputFolder:
    """A folder for the pictures of one request, numbered from the first free run of numbers."""

    def __init__(self, folder: Path, prompt: str, count: int) -> None:
        """Make the folder and prove that it can be written; raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._name = slug(prompt)
        taken = {path.stem for path in folder.iterdir()}
        self._first = 1
        while any(self._stem(position) in taken for position in range(count)):
            self._first += 1
        probe = folder / f".{self._stem(0)}.part"
        probe.touch()
        probe.unlink()

    def save(self, picture: Path, mime: str, position: int) -> Path:
        """Copy a picture here as number `position`, counted from 0; raises OSError."""
        ending = extension(mime) or "bin"
        while True:
            target = self._folder / f"{self._stem(position)}.{ending}"
            try:
                file = target.open("xb")
            except FileExistsError:
                position += 1
                continue
            try:
                with file, picture.open("rb") as source:
                    shutil.copyfileobj(source, file)
            except BaseException:
                target.unlink()
                raise
            return target

    def _stem(self, position: int) -> str:
        return f"{self._name}-{self._first + position}"
