"""Fields of Seedream that every service of it names alike."""

from __future__ import annotations

from bot.providers.dialects.dialect import CallContent


def image(content: CallContent) -> dict[str, object]:
    """Return the references: one as a string, several as a list in their order, none at all."""
    references = content.references
    if not references:
        return {}
    return {"image": references[0] if len(references) == 1 else list(references)}


def related_set(content: CallContent) -> dict[str, object]:
    """Return what asks for a set of related pictures.

    Left out altogether otherwise: 3.0 and the strict models refuse even `disabled`.
    """
    if not (content.request.related and content.images > 1):
        return {}
    return {
        "sequential_image_generation": "auto",
        "sequential_image_generation_options": {"max_images": content.images},
    }


def stream(content: CallContent) -> dict[str, object]:
    """Return what asks for pictures one by one, where that is on."""
    return {"stream": True} if content.request.options.get("stream") else {}
