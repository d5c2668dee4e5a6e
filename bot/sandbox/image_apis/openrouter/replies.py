"""OpenRouter's replies and errors, with the dollars that a call cost."""

import math

from bot.sandbox.image_apis.apis.checked_request import CheckedRequest, Size
from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal
from bot.sandbox.image_apis.openrouter.models import MODELS, Price


def usage_of(order: CheckedRequest, sizes: list[Size]) -> JsonObject:
    """Count tokens, and the cost by the model's own price lines."""
    prompt = len(order.prompt) // 4 + 1
    pictures = 590 * len(order.references)
    output = sum(width * height // 992 for width, height in sizes)
    counts = {"input_text": prompt, "input_image": pictures, "output_image": output}
    lines = [price for price in MODELS[order.model].prices if _applies(price, sizes)]
    cost = math.fsum(_cost(price, counts, order, sizes) for price in lines)
    return {
        "prompt_tokens": prompt + pictures,
        "completion_tokens": output,
        "total_tokens": prompt + pictures + output,
        "completion_tokens_details": {"image_tokens": output},
        "cost": round(cost, 12),
        "is_byok": False,
        "cost_details": {
            "upstream_inference_cost": None,
            "upstream_inference_prompt_cost": 0,
            "upstream_inference_completions_cost": round(cost, 12),
        },
    }


def _applies(price: Price, sizes: list[Size]) -> bool:
    """Tell whether a line is meant; its variant names a tier."""
    pixels = max((width * height for width, height in sizes), default=0)
    large = pixels > 1_600_000
    return price.variant is None or price.variant == ("2K" if large else "1K")


def _cost(price: Price, counts: dict[str, int], order: CheckedRequest, sizes: list[Size]) -> float:
    match price.unit:
        case "token":
            return price.usd * counts[price.billable]
        case "megapixel":
            return price.usd * sum(width * height for width, height in sizes) / 1_000_000
        case "image" if price.billable == "input_reference":
            return price.usd * len(order.references)
        case "image":
            return price.usd * len(sizes)
        case _:
            return price.usd


def envelope_of(refusal: Refusal) -> JsonObject:
    """Give the body of an error: the status again, as a number, and the words."""
    return {"error": {"code": refusal.status, "message": refusal.message, **refusal.details}}


def refusal_of(
    name: str, status: int, message: str, headers: dict[str, str], model: str
) -> Refusal:
    """Give the refusal that a fault stands for, with the statuses of the page."""
    if name == "moderation":
        metadata: JsonObject = {
            "reasons": ["violence"],
            "flagged_input": "...",
            "provider_name": model.partition("/")[0],
            "model_slug": model,
        }
        words = "The input was flagged."
        return Refusal(403, None, words, details={"metadata": metadata})
    if name in ("credit", "overdue"):
        return Refusal(402, None, "Insufficient credits. Add more in your account's settings.")
    return Refusal(status, None, message, headers=headers)
