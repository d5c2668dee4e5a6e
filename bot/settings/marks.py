"""What the pictures that are posted say of where they come from: section `[pictures]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr

from bot.settings.section import Section


class Marks(Section):
    """Marks of results; `certificate`, `key` and `trust_anchors` are paths, or the PEM itself."""

    marks: Literal["keep", "write", "sign"] = "keep"
    certificate: str = ""
    key: SecretStr = SecretStr("")
    trust_anchors: str = ""
    producer: str = Field(default="Easel", min_length=1, max_length=200)
    profile: Literal["none", "eu", "china"] = "none"

    def beside(self, folder: Path) -> Self:
        """Let relative paths count from a folder."""
        key = self.key.get_secret_value()
        return self.model_copy(
            update={
                "certificate": _beside(self.certificate, folder),
                "key": SecretStr(_beside(key, folder)),
                "trust_anchors": _beside(self.trust_anchors, folder),
            }
        )


def _beside(value: str, folder: Path) -> str:
    is_path = value and "-----BEGIN" not in value
    return str(folder / value) if is_path else value
