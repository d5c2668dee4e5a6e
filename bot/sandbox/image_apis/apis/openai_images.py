"""OpenAI's images API, and a server at home that speaks it (image API reference, 16).

Typed from OpenAI's schema of August 2026 and its SDK of November, not from the catalog.
"""

from dataclasses import dataclass

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import (
    OPENAI_MOST,
    OPENAI_PICTURES,
    OPENAI_PROMPT,
    OPENAI_REFERENCES,
    OPENAI_SIZES,
    SizeRule,
)
from bot.sandbox.image_apis.apis.refusal import Refusal, invalid, missing, unknown_model
from bot.sandbox.image_apis.apis.sizes import chosen_size

_FOUR = ("auto", "low", "medium", "high")
_LONGEST_URL = 20_971_520
_STANDARD = SizeRule(
    keywords=("auto",),
    sizes=((1024, 1024), (1536, 1024), (1024, 1536)),
    min_pixels=1,
    max_pixels=1536 * 1024,
    max_ratio=2,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as OpenAI's SDK describes it."""

    sizes: SizeRule
    qualities: tuple[str, ...] = _FOUR


_SECOND = Model(sizes=OPENAI_SIZES)
_HALF_LATER = Model(sizes=OPENAI_SIZES, qualities=(*_FOUR, "xhigh", "max"))
# What the SDK does not say of 2.6 is what every one of these models takes.
_STRICT = Model(sizes=_STANDARD)
MODELS = {
    "gpt-image-2": _SECOND,
    "gpt-image-2-2026-04-21": _SECOND,
    "gpt-image-2.5-sunburst": _HALF_LATER,
    "gpt-image-2.5-sunburst-2026-09-08": _HALF_LATER,
    "gpt-image-2.5-flare": _HALF_LATER,
    "gpt-image-2.5-flare-2026-09-08": _HALF_LATER,
    "gpt-image-2.6-sunburst": _STRICT,
    "gpt-image-2.6-flare": _STRICT,
    "gpt-image-1.5": _STRICT,
    "gpt-image-1-mini": _STRICT,
    "chatgpt-image-latest": _STRICT,
}
HOME_MODEL = "home-diffusion"
# As vLLM-Omni and stable-diffusion.cpp: pixels only, in steps of the model's blocks.
_HOME = Model(
    sizes=SizeRule(
        min_pixels=256 * 256,
        max_pixels=2048 * 2048,
        max_ratio=4,
        min_edge=256,
        max_edge=2048,
        multiple_of=64,
    ),
    qualities=(),
)
HOME_MODELS = {HOME_MODEL: _HOME}


def check_generation(fields: Fields) -> CheckedRequest:
    """Check a body of `/v1/images/generations`; raises Refusal."""
    return _check(fields, MODELS, Source.OPENAI)


def check_edits(fields: Fields) -> CheckedRequest:
    """Check a JSON body of `/v1/images/edits`: `images` and `mask` are objects."""
    if not fields.has("images"):
        raise missing("images")
    items = as_list(fields.raw("images"))
    if not 1 <= len(items) <= OPENAI_REFERENCES:
        raise invalid("images", f"it must be an array of 1 to {OPENAI_REFERENCES} items")
    references = tuple(_address(item, f"images[{n}]") for n, item in enumerate(items))
    mask = _address(fields.raw("mask"), "mask") if fields.has("mask") else None
    return _check(fields, MODELS, Source.OPENAI, "images", references, mask)


def check_form(fields: Fields) -> CheckedRequest:
    """Check a form of `/v1/images/edits`, whose files were made data URLs."""
    references, mask = _files(fields)
    return _check(fields, MODELS, Source.OPENAI, "image", references, mask)


def check_home_generation(fields: Fields) -> CheckedRequest:
    """Check a body that a server at home draws from; it names no model it does not have."""
    return _check(fields, HOME_MODELS, Source.HOME)


def check_home_form(fields: Fields) -> CheckedRequest:
    """Check a form of a server at home."""
    references, mask = _files(fields)
    return _check(fields, HOME_MODELS, Source.HOME, "image", references, mask)


def _check(
    fields: Fields,
    models: dict[str, Model],
    source: Source,
    reference_field: str = "image",
    references: tuple[str, ...] = (),
    mask: str | None = None,
) -> CheckedRequest:
    name = fields.required_text("model")
    model = models.get(name)
    if model is None:
        raise unknown_model(name)
    prompt = fields.prompt(OPENAI_PROMPT)
    home = source is Source.HOME
    size = fields.text("size") or ("1024x1024" if home else "auto")
    output_format = fields.choice("output_format", ("png", "jpeg", "webp"), "png")
    compression = fields.integer("output_compression", 0, 100)
    if compression is not None and output_format == "png":
        raise invalid("output_compression", "it applies to jpeg and webp only")
    background = "auto"
    quality = "auto"
    if not home:
        background = fields.choice("background", ("transparent", "opaque", "auto"), "auto")
        quality = fields.choice("quality", model.qualities, "auto")
        fields.text("input_fidelity", choices=("high", "low"))
        fields.text("safety_identifier")
        if not references or reference_field == "images":
            fields.text("moderation", choices=("auto", "low"))
        if fields.boolean("stream", False):
            raise invalid("stream", "previews are not played here")
    if background == "transparent" and output_format == "jpeg":
        raise invalid("background", "transparent needs png or webp")
    fields.text("user")
    # GPT image models answer Base64 and refuse the question; at home it is a choice.
    reply_format = fields.choice("response_format", ("url", "b64_json"), "b64_json") if home else ""
    order = CheckedRequest(
        source=source,
        model=name,
        prompt=prompt,
        size=chosen_size(size, model.sizes, prompt),
        picture_rule=OPENAI_PICTURES,
        reference_field=reference_field,
        references=references,
        mask=mask,
        count=fields.integer("n", 1, OPENAI_MOST) or 1,
        base64_reply=reply_format != "url",
        output_format=output_format,
        compression=compression,
        transparent=background == "transparent",
        quality="medium" if quality == "auto" else quality,
    )
    fields.finish()
    return order


def _files(fields: Fields) -> tuple[tuple[str, ...], str | None]:
    """Read the files of a form: `image` once, or `image[]` as often as there are pictures."""
    sent = [name for name in ("image", "image[]") if fields.has(name)]
    if not sent:
        raise missing("image")
    if len(sent) > 1:
        raise invalid("image[]", "it cannot be sent together with image")
    value = fields.raw(sent[0])
    items = as_list(value) if isinstance(value, list) else [value]
    if len(items) > OPENAI_REFERENCES:
        raise invalid(sent[0], f"the number of images cannot exceed {OPENAI_REFERENCES}")
    mask = fields.raw("mask") if fields.has("mask") else None
    files = [item for item in (*items, mask) if isinstance(item, str) and item[:5] == "data:"]
    if len(files) < len(items) + (mask is not None):
        message = f"'{sent[0]}' must be a file upload, not a text."
        raise Refusal(400, "invalid_type", message, param=sent[0])
    if mask is not None:
        return tuple(files[:-1]), files[-1]
    return tuple(files), None


def _address(item: object, param: str) -> str:
    """Read `{"image_url"}`; of files kept at OpenAI there are none here."""
    content = as_object(item)
    if set(content) == {"file_id"}:
        raise invalid(f"{param}.file_id", "there is no such file")
    url = content.get("image_url")
    if set(content) != {"image_url"} or not isinstance(url, str):
        raise invalid(param, "it must be an object with exactly one of image_url and file_id")
    if len(url) > _LONGEST_URL:
        raise invalid(param, f"image_url must have at most {_LONGEST_URL} characters")
    return url
