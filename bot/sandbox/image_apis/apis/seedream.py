"""The two Routescope Seedream APIs: generation and edits (image API reference, 3 and 4)."""

from dataclasses import replace

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields, as_list, as_object
from bot.sandbox.image_apis.apis.limits import (
    EDITS_DEFAULT_SIZE,
    EDITS_FLOOR,
    FIRST_GENERATION_MOST,
    REFERENCES_AND_OUTPUTS,
    SEEDREAM_MODELS,
    SEEDREAM_PICTURES,
    SEEDREAM_PROMPT,
    SETS_MOST,
    SLOW_SET,
    SeedreamModel,
    SizeRule,
)
from bot.sandbox.image_apis.apis.refusal import invalid, missing, unknown_model
from bot.sandbox.image_apis.apis.sizes import chosen_size


def check_generation(fields: Fields) -> CheckedRequest:
    """Check a body of `/v1/images/generations`.

    Raises Refusal naming the first parameter that the document forbids.
    """
    name = fields.required_text("model")
    model = SEEDREAM_MODELS.get(name)
    if model is None:
        raise unknown_model(name)
    prompt = fields.prompt(SEEDREAM_PROMPT)
    references = _references(fields, model) if model.references else ()
    is_set, count = _set(fields, model, len(references))
    if model.first_generation:
        count = fields.integer("n", 1, FIRST_GENERATION_MOST) or 1
        fields.guidance()
    _vendor_extras(fields, model)
    size_text = fields.text("size")
    order = CheckedRequest(
        source=Source.ROUTESCOPE_GENERATION,
        model=name,
        prompt=prompt,
        size=chosen_size(
            model.default_size if size_text is None else size_text, model.sizes, prompt
        ),
        picture_rule=SEEDREAM_PICTURES,
        references=references,
        count=count,
        is_set=is_set,
        stream=model.stream and fields.boolean("stream", False),
        base64_reply=fields.choice("response_format", ("url", "b64_json"), "url") == "b64_json",
        output_format=_output_format(fields, model),
        watermark=fields.boolean("watermark", True),
        seed=fields.seed() if model.first_generation else -1,
        notes=_notes(fields, size_text, model.sizes, count if is_set else 1),
    )
    fields.text("user")
    fields.finish()
    return order


def check_edits(fields: Fields) -> CheckedRequest:
    """Check a Seedream body of `/v1/images/edits`: references, and a pixel size."""
    name = fields.required_text("model")
    model = SEEDREAM_MODELS.get(name)
    if model is None or not model.edits:
        raise unknown_model(name)
    prompt = fields.prompt(SEEDREAM_PROMPT)
    if not fields.has("image"):
        raise missing("image")
    references = _references(fields, model)
    size_text = fields.text("size")
    sizes = replace(model.sizes, keywords=(), min_pixels=EDITS_FLOOR)
    order = CheckedRequest(
        source=Source.ROUTESCOPE_EDITS,
        model=name,
        prompt=prompt,
        size=EDITS_DEFAULT_SIZE if size_text is None else chosen_size(size_text, sizes, prompt),
        picture_rule=SEEDREAM_PICTURES,
        references=references,
        stream=model.stream and fields.boolean("stream", False),
        base64_reply=fields.choice("response_format", ("url", "b64_json"), "url") == "b64_json",
        watermark=fields.boolean("watermark", True),
        notes=_notes(fields, size_text, sizes, 1),
    )
    fields.text("user")
    fields.finish()
    return order


def _references(fields: Fields, model: SeedreamModel) -> tuple[str, ...]:
    if not fields.has("image"):
        return ()
    value = fields.raw("image")
    items = as_list(value) if isinstance(value, list) else [value]
    if not items:
        raise invalid("image", "the array is empty")
    references = tuple(item for item in items if isinstance(item, str))
    if len(references) < len(items):
        raise invalid("image", "it must be a string or an array of strings")
    if len(references) > model.references:
        raise invalid("image", f"the number of images cannot exceed {model.references}")
    return references


def _set(fields: Fields, model: SeedreamModel, references: int) -> tuple[bool, int]:
    """Read the set fields; a model without sets leaves them to be refused as unknown."""
    if not model.sets:
        return False, 1
    mode = fields.choice("sequential_image_generation", ("disabled", "auto"), "disabled")
    name = "sequential_image_generation_options"
    options = fields.object(name)
    if options is None:
        return mode == "auto", 1
    if mode == "disabled":
        raise invalid(name, "it needs sequential_image_generation auto")
    count = options.integer("max_images", 1, SETS_MOST) or 1
    options.finish()
    if references + count > REFERENCES_AND_OUTPUTS:
        left = REFERENCES_AND_OUTPUTS - references
        raise invalid(
            f"{name}.max_images",
            f"references and generated images together cannot be more than"
            f" {REFERENCES_AND_OUTPUTS}, which leaves {left}",
        )
    return True, count


def _output_format(fields: Fields, model: SeedreamModel) -> str:
    return (
        fields.choice("output_format", ("jpeg", "png"), "jpeg") if model.output_format else "jpeg"
    )


def _vendor_extras(fields: Fields, model: SeedreamModel) -> None:
    """Check what only the vendor documents: prompt optimisation and web search.

    See docs/spec/image-apis.md section 2.4.
    """
    if not model.first_generation:
        options = fields.object("optimize_prompt_options")
        if options is not None:
            modes = ("standard", "fast") if model.fast_mode else ("standard",)
            options.choice("mode", modes, "standard")
            options.finish()
    if model.web_search and fields.has("tools"):
        for tool in as_list(fields.raw("tools")) or [None]:
            if as_object(tool) != {"type": "web_search"}:
                raise invalid("tools", 'only [{"type": "web_search"}] is known')


def _notes(
    fields: Fields, size_text: str | None, sizes: SizeRule, set_count: int
) -> tuple[str, ...]:
    notes: list[str] = []
    if size_text in sizes.noted_keywords:
        notes.append(f"{size_text} is listed by Routescope, not by the vendor")
    if set_count > SLOW_SET:
        notes.append(f"a set of {set_count} may outlast the service's 150 s")
    notes.extend(f"{name} was not sent" for name in ("watermark", "size") if not fields.has(name))
    return tuple(notes)
