"""Routescope's OpenAI-style edits, for gpt-image-2 and ids that an operator adds (5)."""

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import (
    OPENAI_EXPERIMENTAL_PIXELS,
    OPENAI_MOST,
    OPENAI_PICTURES,
    OPENAI_PROMPT,
    OPENAI_REFERENCES,
    OPENAI_SIZES,
)
from bot.sandbox.image_apis.apis.refusal import invalid, missing, unknown_model
from bot.sandbox.image_apis.apis.sizes import chosen_size

_FIELDS = ("images", "image", "image_urls")


def check_edits(fields: Fields) -> CheckedRequest:
    """Check a body of `/v1/images/edits` for a model that is not a Seedream.

    Raises Refusal naming the first parameter that the document forbids.
    """
    model = fields.required_text("model")
    # Model families of other sources are refused in every version.
    if model.startswith(("doubao-", "seedream-")):
        raise unknown_model(model)
    prompt = fields.prompt(OPENAI_PROMPT)
    reference_field, references = _references(fields)
    size_text = fields.text("size")
    size = chosen_size("1024x1024" if size_text is None else size_text, OPENAI_SIZES, prompt)
    output_format = fields.choice("output_format", ("png", "jpeg", "webp"), "png")
    compression = fields.integer("output_compression", 0, 100)
    if compression is not None and output_format == "png":
        raise invalid("output_compression", "it applies to jpeg and webp only")
    background = fields.choice("background", ("transparent", "opaque", "auto"), "auto")
    if background == "transparent" and output_format == "jpeg":
        raise invalid("background", "transparent needs png or webp")
    quality = fields.choice("quality", ("low", "medium", "high", "auto"), "auto")
    fields.text("moderation", choices=("auto", "low"))
    watermark = fields.boolean("watermark", False)
    fields.text("user")
    order = CheckedRequest(
        source=Source.OPENAI_EDITS,
        model=model,
        prompt=prompt,
        size=size,
        picture_rule=OPENAI_PICTURES,
        reference_field=reference_field,
        references=references,
        mask=fields.text("mask"),
        count=fields.integer("n", 1, OPENAI_MOST) or 1,
        # The model answers Base64 unless links are asked for (13).
        base64_reply=fields.choice("response_format", ("url", "b64_json"), "b64_json") != "url",
        output_format=output_format,
        compression=compression,
        transparent=background == "transparent",
        quality="medium" if quality == "auto" else quality,
        watermark=watermark,
        notes=tuple(_notes(fields, size[0] * size[1], watermark)),
    )
    fields.finish()
    return order


def _references(fields: Fields) -> tuple[str, tuple[str, ...]]:
    sent = [name for name in _FIELDS if fields.has(name)]
    if not sent:
        raise missing("images")
    if len(sent) > 1:
        raise invalid(sent[1], f"it cannot be sent together with {sent[0]}")
    name = sent[0]
    value = fields.raw(name)
    if name == "image" and not isinstance(value, list):
        items: list[object] = [value]
    elif isinstance(value, list):
        items = as_list(value)
    else:
        raise invalid(name, "it must be an array")
    if not items:
        raise missing(name)
    if len(items) > OPENAI_REFERENCES:
        raise invalid(name, f"the number of images cannot exceed {OPENAI_REFERENCES}")
    # `images` holds objects, `image` a string, strings or one object, `image_urls` strings.
    objects = name == "images" or (name == "image" and isinstance(value, dict))
    return name, tuple(_url(item, name, as_item=objects) for item in items)


def _url(item: object, name: str, *, as_item: bool) -> str:
    if as_item:
        content = as_object(item)
        if set(content) != {"image_url"}:
            raise invalid(name, 'each item must be {"image_url": "<url>"}')
        item = content["image_url"]
    if not isinstance(item, str):
        raise invalid(name, "each item must be a URL")
    return item


def _notes(fields: Fields, pixels: int, watermark: bool) -> list[str]:
    notes: list[str] = []
    if watermark:
        notes.append("whether a watermark is drawn depends on the channel")
    if pixels > OPENAI_EXPERIMENTAL_PIXELS:
        notes.append("sizes above 2560x1440 are experimental")
    if fields.has("response_format"):
        notes.append("response_format is better left out for gpt-image")
    return notes
