"""The Seedream public gateway: `custom_size`, `n`, references by URL (API reference, 7)."""

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import (
    GATEWAY_DEFAULT_SIZE,
    GATEWAY_MODELS,
    GATEWAY_MOST,
    GATEWAY_PICTURES,
    GATEWAY_REFERENCES,
    REFERENCES_AND_OUTPUTS,
    SEEDREAM_PROMPT,
    SizeRule,
)
from bot.sandbox.image_apis.apis.refusal import invalid, missing, unknown_model
from bot.sandbox.image_apis.apis.sizes import judge_size

_FIELDS = ("image", "image_url", "image_urls", "images")


def check_generation(fields: Fields) -> CheckedRequest:
    """Check a body of the gateway's `/v1/images/generations`, which takes no references."""
    for name in _FIELDS:
        if fields.has(name):
            raise invalid(name, "reference images belong to /v1/images/edits")
    return _check(fields, "image", ())


def check_edits(fields: Fields) -> CheckedRequest:
    """Check a body of the gateway's `/v1/images/edits`, which needs references."""
    sent = [name for name in _FIELDS if fields.has(name)]
    if not sent:
        raise missing("images")
    if len(sent) > 1:
        raise invalid(sent[1], f"it cannot be sent together with {sent[0]}")
    return _check(fields, sent[0], _references(fields, sent[0]))


def _check(fields: Fields, reference_field: str, references: tuple[str, ...]) -> CheckedRequest:
    model = fields.required_text("model")
    sizes = GATEWAY_MODELS.get(model)
    if sizes is None:
        raise unknown_model(model)
    prompt = fields.prompt(SEEDREAM_PROMPT)
    if fields.has("n") and fields.has("num_images"):
        raise invalid("num_images", "it cannot be sent together with n")
    count_field = "num_images" if fields.has("num_images") else "n"
    count = fields.integer(count_field, 1, GATEWAY_MOST) or 1
    if len(references) + count > REFERENCES_AND_OUTPUTS:
        left = REFERENCES_AND_OUTPUTS - len(references)
        raise invalid(count_field, f"with {len(references)} references it must be at most {left}")
    fields.integer("timeout_seconds", 1, None)
    order = CheckedRequest(
        source=Source.SEEDREAM,
        model=model,
        prompt=prompt,
        size=_size(fields, sizes),
        picture_rule=GATEWAY_PICTURES,
        reference_field=reference_field,
        references=references,
        count=count,
        notes=tuple(
            f"{name} was not sent"
            for name in ("custom_size", "timeout_seconds")
            if not fields.has(name)
        ),
    )
    fields.finish()
    return order


def _size(fields: Fields, sizes: SizeRule) -> Size:
    custom = fields.object("custom_size")
    if custom is None:
        return GATEWAY_DEFAULT_SIZE
    width = custom.integer("width", 1, None)
    height = custom.integer("height", 1, None)
    custom.finish()
    if width is None or height is None:
        raise missing("custom_size.width" if width is None else "custom_size.height")
    judge_size((width, height), sizes, "custom_size")
    return width, height


def _references(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.raw(name)
    if isinstance(value, list):
        items = as_list(value)
    elif name in ("image", "image_url"):
        items = [value]
    else:
        raise invalid(name, "it must be an array")
    if not items:
        raise missing(name)
    if len(items) > GATEWAY_REFERENCES:
        raise invalid(name, f"the number of images cannot exceed {GATEWAY_REFERENCES}")
    # Which keys an item may have besides being a plain URL (7, the table of fields).
    keys = {"image_url": ("url",), "images": ("url", "image_url")}.get(name, ())
    return tuple(_url(item, name, keys) for item in items)


def _url(item: object, name: str, keys: tuple[str, ...]) -> str:
    content = as_object(item)
    if len(content) == 1:
        key, inner = next(iter(content.items()))
        item = inner if key in keys else None
    if not isinstance(item, str):
        raise invalid(name, "each reference must be a URL")
    return item
