"""SeedEdit 3.0: one reference in, one picture of the nearest ratio out (image API reference, 6)."""

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Source
from bot.sandbox.image_apis.apis.fields import Fields
from bot.sandbox.image_apis.apis.limits import SEEDEDIT_MODEL, SEEDEDIT_PICTURES, SEEDREAM_PROMPT
from bot.sandbox.image_apis.apis.refusal import unknown_model


def check_seededit(fields: Fields) -> CheckedRequest:
    """Check a body of SeedEdit's `/v1/images/generations`; raises Refusal."""
    model = fields.required_text("model")
    if model != SEEDEDIT_MODEL:
        raise unknown_model(model)
    prompt = fields.prompt(SEEDREAM_PROMPT)
    reference = fields.required_text("image")
    fields.text("size", choices=("adaptive",))
    fields.guidance()
    order = CheckedRequest(
        source=Source.SEEDEDIT,
        model=model,
        prompt=prompt,
        size=None,
        picture_rule=SEEDEDIT_PICTURES,
        references=(reference,),
        base64_reply=fields.choice("response_format", ("url", "b64_json"), "url") == "b64_json",
        watermark=fields.boolean("watermark", True),
        seed=fields.seed(),
        notes=() if fields.has("watermark") else ("watermark was not sent",),
    )
    fields.finish()
    return order
