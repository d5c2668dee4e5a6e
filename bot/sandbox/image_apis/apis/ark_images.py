"""Volcengine Ark and BytePlus ModelArk themselves (image API reference, 17).

Typed from the SDKs of both clouds; 5.0 Pro and 5.5 from what third parties tell of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import (
    REFERENCES_AND_OUTPUTS,
    SEEDREAM_PICTURES,
    SEEDREAM_PROMPT,
    SETS_MOST,
    SizeRule,
)
from bot.sandbox.image_apis.apis.refusal import Refusal, invalid, unknown_model
from bot.sandbox.image_apis.apis.sizes import chosen_size

# HEIC and HEIF, which Ark takes too, cannot be looked at here.
_PICTURES = replace(SEEDREAM_PICTURES, max_bytes=30_000_000)
_SETS = "sequential_image_generation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A Seedream model as Ark serves it."""

    keywords: tuple[str, ...]
    floor: int
    ceiling: int = 16_777_216
    references: int = 14
    sets: bool = True
    formats: tuple[str, ...] = ()  # the usual one first
    background: bool = False
    fast_mode: bool = False
    web_search: bool = False

    @property
    def sizes(self) -> SizeRule:
        return SizeRule(
            keywords=self.keywords, min_pixels=self.floor, max_pixels=self.ceiling, max_ratio=16
        )


_FIVE = Model(
    keywords=("2K", "3K", "4K"), floor=3_686_400, formats=("jpeg", "png"), web_search=True
)
_PRO = Model(
    keywords=("1K", "1.5K", "2K"),
    floor=921_600,
    ceiling=4_624_220,
    references=10,
    sets=False,
    formats=("jpeg", "png"),
)
_FIVE_FIVE = replace(_PRO, formats=("png", "jpeg"), background=True)
_MODELS = {
    "seedream-4-0-250828": Model(keywords=("1K", "2K", "4K"), floor=921_600, fast_mode=True),
    "seedream-4-5-251128": Model(keywords=("2K", "4K"), floor=3_686_400),
    "seedream-5-0-260128": _FIVE,
    "seedream-5-0-lite-260128": _FIVE,
    "seedream-5-0-pro-260628": _PRO,
}
# Each cloud knows the models by names of its own.
VOLCENGINE = {f"doubao-{name}": model for name, model in _MODELS.items()}
BYTEPLUS = {
    **_MODELS,
    "dola-seedream-5-0-pro-260628": _PRO,
    "seedream-5-5-261028": _FIVE_FIVE,
    "dola-seedream-5-5-261028": _FIVE_FIVE,
}


def check_generation_of(models: dict[str, Model]) -> Callable[[Fields], CheckedRequest]:
    """Return the check of one cloud's `/api/v3/images/generations`."""
    return lambda fields: _check(fields, models)


def _check(fields: Fields, models: dict[str, Model]) -> CheckedRequest:
    name = fields.required_text("model")
    model = models.get(name)
    if model is None:
        raise unknown_model(name)
    prompt = fields.prompt(SEEDREAM_PROMPT)
    references = _references(fields, model)
    is_set, count = _set(fields, model, len(references))
    output_format = _output_format(fields, model)
    transparent = False
    if model.background:
        background = fields.choice("background", ("auto", "transparent", "opaque"), "auto")
        transparent = background == "transparent"
        if transparent and output_format == "jpeg":
            raise invalid("background", "transparent needs png")
    _extras(fields, model)
    # Clients of other vendors always count.
    if fields.integer("n", 1, None) not in (None, 1):
        raise _not_supported("n")
    stream = fields.boolean("stream", False)
    if stream and not model.sets:
        raise _not_supported("stream")
    order = CheckedRequest(
        source=Source.ARK,
        model=name,
        prompt=prompt,
        size=chosen_size(_size(fields, model), model.sizes, prompt),
        picture_rule=_PICTURES,
        references=references,
        count=count,
        is_set=is_set,
        stream=stream,
        base64_reply=fields.choice("response_format", ("url", "b64_json"), "url") == "b64_json",
        output_format=output_format,
        transparent=transparent,
        watermark=fields.boolean("watermark", True),
    )
    fields.finish()
    return order


def _size(fields: Fields, model: Model) -> str:
    """Read a size; keywords are known in both cases."""
    text = fields.text("size") or "2K"
    return text.upper() if text.upper() in model.keywords else text


def _references(fields: Fields, model: Model) -> tuple[str, ...]:
    if not fields.has("image"):
        return ()
    value = fields.raw("image")
    items = as_list(value) if isinstance(value, list) else [value]
    references = tuple(item for item in items if isinstance(item, str))
    if len(references) < len(items) or not items:
        raise invalid("image", "it must be a string or an array of strings")
    if len(references) > model.references:
        raise invalid("image", f"the number of images cannot exceed {model.references}")
    return references


def _set(fields: Fields, model: Model, references: int) -> tuple[bool, int]:
    """Read the fields of a set; the strict models refuse them whatever they say."""
    options_name = f"{_SETS}_options"
    if not model.sets:
        for name in (_SETS, options_name):
            if fields.has(name):
                raise _not_supported(name)
        return False, 1
    mode = fields.choice(_SETS, ("disabled", "auto"), "disabled")
    options = fields.object(options_name)
    if mode == "disabled":
        return False, 1
    count = options.integer("max_images", 1, SETS_MOST) if options else None
    if options:
        options.finish()
    left = REFERENCES_AND_OUTPUTS - references
    if count is not None and count > left:
        raise invalid(f"{options_name}.max_images", f"with {references} images at most {left}")
    return True, count or 1


def _output_format(fields: Fields, model: Model) -> str:
    if not model.formats:
        if fields.has("output_format"):
            raise _not_supported("output_format")
        return "jpeg"
    return fields.choice("output_format", model.formats, model.formats[0])


def _extras(fields: Fields, model: Model) -> None:
    """Check what Easel never sends: the prompt's optimisation and the search of the web."""
    options = fields.object("optimize_prompt_options")
    if options is not None:
        options.choice("mode", ("standard", "fast") if model.fast_mode else ("standard",), "")
        options.text("thinking")
        options.finish()
    if fields.has("tools"):
        if not model.web_search:
            raise _not_supported("tools")
        for tool in as_list(fields.raw("tools")) or [None]:
            if as_object(tool) != {"type": "web_search"}:
                raise invalid("tools", 'only [{"type": "web_search"}] is known')


def _not_supported(name: str) -> Refusal:
    message = f"the parameter `{name}` is not supported by the current model"
    return Refusal(400, "InvalidParameter", message, param="")
