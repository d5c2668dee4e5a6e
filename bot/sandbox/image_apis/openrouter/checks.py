"""What `POST /api/v1/images` takes, by the model's own parameters."""

import math

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import PictureRule
from bot.sandbox.image_apis.apis.refusal import Refusal, invalid, missing
from bot.sandbox.image_apis.apis.sizes import pixel_size
from bot.sandbox.image_apis.openrouter.models import MODELS, Model

_PICTURES = PictureRule(formats=("jpeg", "png", "webp", "gif"), max_bytes=20_000_000)
_PROMPT = 200_000
_EDGES = {"512": 512, "768": 768, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
_SHAPES = (
    "1:1", "1:2", "1:4", "1:8", "2:1", "2:3", "2.35:1", "3:2", "3:4", "4:1", "4:3", "4:5", "5:2",
    "5:4", "5:7", "7:5", "8:1", "9:16", "16:9", "9:19.5", "19.5:9", "9:20", "20:9", "9:21", "21:9",
    "auto",
)  # fmt: skip
_QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max")
_BACKGROUNDS = ("auto", "transparent", "opaque")
_FORMATS = ("png", "jpeg", "webp", "svg")
_MOST = 10


def check_images(fields: Fields) -> CheckedRequest:
    """Check a body of `/images`; raises Refusal for what the page or the model forbids."""
    slug = fields.required_text("model")
    model = MODELS.get(slug)
    if model is None:
        raise Refusal(404, None, f"No endpoints found for {slug[:80]}.")
    prompt = fields.prompt(_PROMPT)
    size = _size(fields, model)
    quality = _word(fields, "quality", _QUALITIES, model.qualities) or "auto"
    background = _word(fields, "background", _BACKGROUNDS, model.backgrounds)
    output_format = _word(fields, "output_format", _FORMATS, model.formats) or "png"
    if background == "transparent" and output_format == "jpeg":
        raise invalid("background", "transparent needs an output_format with alpha: png or webp")
    compression = fields.integer("output_compression", 0, 100)
    _needs(fields, "output_compression", model.compression)
    seed = fields.integer("seed", -(2**53), 2**53)
    _needs(fields, "seed", model.seed)
    fields.text("user")
    _pass_through(fields)
    order = CheckedRequest(
        source=Source.OPENROUTER,
        model=slug,
        prompt=prompt,
        size=size,
        picture_rule=_PICTURES,
        reference_field="input_references",
        references=_references(fields, model),
        count=_count(fields, model),
        # Others ignore the flag and answer whole.
        stream=fields.boolean("stream", False) and model.streams,
        base64_reply=True,
        output_format="png" if output_format == "svg" else output_format,
        compression=compression if output_format != "png" else None,
        transparent=background == "transparent",
        quality="medium" if quality == "auto" else quality,
        seed=-1 if seed is None else seed,
    )
    fields.finish()
    return order


def _count(fields: Fields, model: Model) -> int:
    count = fields.integer("n", 1, _MOST) or 1
    most = model.most or 1
    if count > most:
        raise invalid("n", f"this model makes at most {most}")
    return count


def _size(fields: Fields, model: Model) -> Size:
    """Read `size`, `resolution` and `aspect_ratio`, which must not contradict each other."""
    tier = _word(fields, "resolution", tuple(_EDGES), model.resolutions)
    shape = _word(fields, "aspect_ratio", _SHAPES, model.shapes)
    text = fields.text("size")
    if text is None:
        return _pixels(tier, shape)
    pixels = pixel_size(text)
    if pixels is not None:
        if not model.resolutions and not model.shapes:
            raise _unsupported("size")
        if tier is not None and _pixels(tier, shape) != pixels:
            raise invalid("size", "it contradicts resolution")
        if shape not in (None, "auto") and not _agrees(pixels, shape or "1:1"):
            raise invalid("size", "it contradicts aspect_ratio")
        return pixels
    if text not in _EDGES:
        raise invalid("size", "it must be a tier such as 2K, or WIDTHxHEIGHT")
    if text not in model.resolutions:
        raise _unsupported("size")
    if tier not in (None, text):
        raise invalid("size", "it contradicts resolution")
    return _pixels(text, shape)


def _pixels(tier: str | None, shape: str | None) -> Size:
    edge, ratio = _EDGES[tier or "1K"], _ratio(shape or "auto")
    width, height = edge * math.sqrt(ratio), edge / math.sqrt(ratio)
    return max(16, round(width / 16) * 16), max(16, round(height / 16) * 16)


def _ratio(shape: str) -> float:
    if shape == "auto":
        return 1.0
    width, _, height = shape.partition(":")
    return float(width) / float(height)


def _agrees(size: Size, shape: str) -> bool:
    return abs(math.log(size[0] / size[1] / _ratio(shape))) < 0.05


def _word(fields: Fields, name: str, known: tuple[str, ...], taken: tuple[str, ...]) -> str | None:
    word = fields.text(name, choices=known)
    if word is not None and not taken:
        raise _unsupported(name)
    # A shape outside of the model's own is taken for its nearest one.
    if word is not None and word not in taken and name != "aspect_ratio":
        raise invalid(name, f"this model takes {', '.join(taken)}")
    return word


def _needs(fields: Fields, name: str, taken: bool) -> None:
    if fields.has(name) and not taken:
        raise _unsupported(name)


def _unsupported(name: str) -> Refusal:
    return Refusal(400, None, f"Unsupported parameter for this model: {name}.")


def _references(fields: Fields, model: Model) -> tuple[str, ...]:
    low, high = model.references or (0, 0)
    value = fields.raw("input_references")
    if not fields.has("input_references"):
        if low:
            raise missing("input_references")
        return ()
    items = as_list(value)
    if not isinstance(value, list) or not low <= len(items) <= high:
        raise invalid("input_references", f"this model takes {low} to {high}")
    return tuple(_url(item) for item in items)


def _url(item: object) -> str:
    part = as_object(item)
    url = as_object(part.get("image_url")).get("url")
    if part.get("type") != "image_url" or not isinstance(url, str):
        form = '{"type": "image_url", "image_url": {"url": "..."}}'
        raise invalid("input_references", f"each item must be {form}")
    return url


def _pass_through(fields: Fields) -> None:
    """Read what only routes or labels a request."""
    fields.text("session_id")
    for name in ("provider", "trace"):
        if fields.has(name) and not isinstance(fields.raw(name), dict):
            raise invalid(name, "it must be an object")
