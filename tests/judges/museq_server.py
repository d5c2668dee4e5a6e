"""Runs in the environment of the servers: museq's own gateway, with a model that paints one colour.

Its routes, checks and errors are museq's; only the weights are missing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

NAME = "one-colour"


class OneColour:
    """What museq calls a backend."""

    model_id = NAME
    default_size = (512, 512)

    def generate(self, prompt: str, *, width: int, height: int, **_: Any) -> Any:
        return result(prompt, (200, 80, 40), width, height)

    def inpaint(self, prompt: str, *, width: int, height: int, **_: Any) -> Any:
        return result(prompt, (40, 80, 200), width, height)


def result(prompt: str, colour: tuple[int, int, int], width: int, height: int) -> Any:
    picture = import_module("PIL.Image").new("RGB", (width, height), colour)
    protocol = import_module("muse.modalities.image_generation.protocol")
    return protocol.ImageResult(
        image=picture, width=width, height=height, seed=0, metadata={"prompt": prompt}
    )


def main(port: int) -> None:
    modality = "image/generation"
    registry = import_module("muse.core.registry").ModalityRegistry()
    capabilities = {"supports_inpainting": True}
    manifest = {"model_id": NAME, "modality": modality, "capabilities": capabilities}
    registry.register(modality, OneColour(), manifest)
    routes = import_module("muse.modalities.image_generation.routes")
    app = import_module("muse.core.server").create_app(
        registry=registry, routers={modality: routes.build_router(registry)}
    )
    import_module("uvicorn").run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
