"""The error envelope of the image APIs, raised wherever a request is refused.

Knows nothing of HTTP servers: a refusal is a value with a status and a JSON body.
"""

import secrets

JsonObject = dict[str, object]


class Refusal(Exception):
    """A request that is answered with an error status and an envelope (image API reference, 11)."""

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        kind: str = "BadRequest",
        headers: dict[str, str] | None = None,
        details: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.kind = kind
        self.headers = headers or {}
        self.details = details or {}

    def envelope(self) -> JsonObject:
        """Give the body; every message ends with a request id, as the vendor's do."""
        return {
            "error": {
                "code": self.code,
                "message": f"{self.message} Request id: {secrets.token_hex(8)}",
                "param": self.param,
                "type": self.kind,
                **self.details,
            }
        }


def invalid(param: str, reason: str) -> Refusal:
    """Refuse a value: 400 `InvalidParameter` naming the parameter."""
    message = f"The parameter `{param}` specified in the request is not valid: {reason}."
    return Refusal(400, "InvalidParameter", message, param=param)


def missing(param: str) -> Refusal:
    """Refuse a body that lacks a required parameter."""
    message = f"The request is missing the parameter `{param}`."
    return Refusal(400, "MissingParameter", message, param=param)


def bad_picture(param: str, reason: str, *, code: str = "InvalidImageURL") -> Refusal:
    """Refuse a reference picture for what it is, not for how it was sent."""
    message = f"The image of the parameter `{param}` cannot be used: {reason}."
    return Refusal(400, code, message, param=param)


def not_downloaded(param: str, url: str, *, code: str = "InvalidImageURL") -> Refusal:
    """Refuse a reference that the service could not fetch."""
    reason = f"Timeout while downloading, the image could not be downloaded: {url[:80]}"
    return bad_picture(param, reason, code=code)


def unknown_model(model: str) -> Refusal:
    """Refuse a model that this endpoint does not serve."""
    message = f"The model or endpoint {model[:80]} does not exist or you do not have access to it."
    return Refusal(404, "InvalidEndpointOrModel.NotFound", message, param="model", kind="NotFound")
