"""A refusal in OpenAI's words: codes in lower case, and no request id in the message."""

from bot.sandbox.image_apis.apis.refusal import JsonObject, Refusal

_CODES = {
    "AuthenticationError": "invalid_api_key",
    "InvalidParameter": "invalid_value",
    "MissingParameter": "missing_required_parameter",
    "InvalidEndpointOrModel.NotFound": "model_not_found",
    "ModelNotOpen": "model_not_found",
    "InvalidImageURL": "invalid_image_url",
    "RateLimitExceeded": "rate_limit_exceeded",
    "InternalServiceError": "server_error",
    "bad_request_body": None,
}


def openais_envelope_of(refusal: Refusal) -> JsonObject:
    """Say a refusal as OpenAI does."""
    code = _CODES.get(refusal.code or "", refusal.code)
    if "Unsupported parameter" in refusal.message:
        code = "unknown_parameter"
    kind = "invalid_request_error" if refusal.status < 500 else "server_error"
    if code == "moderation_blocked":
        kind = "image_generation_user_error"
    elif code == "insufficient_quota":
        kind = "insufficient_quota"
    return {
        "error": {
            "message": refusal.message,
            "type": kind,
            "param": refusal.param,
            "code": code,
            **refusal.details,
        }
    }
