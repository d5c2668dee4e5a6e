"""The table of docs/spec/image-apis.md section 11, row by row, and every shape of an error body."""

from __future__ import annotations

import json

import pytest

from bot.domain.errors import ErrorClass, Failure
from bot.providers.replies.classify import (
    MESSAGE_CHARACTERS,
    classify,
    clean,
    error_in,
    failure_of,
)
from bot.providers.replies.http_answer import Answer
from tests.cases import every_case

SIZE_MESSAGE = (
    "The parameter `size` specified in the request is not valid: image size must be at least"
    " 3686400 pixels. Request id: 0217abc"
)

ROWS = [
    ("prompt_refused", 400, "InputTextSensitiveContentDetected", ""),
    ("prompt_refused", 400, "InputTextSensitiveContentDetected.PolicyViolation", ""),
    ("prompt_refused", 400, "SensitiveContentDetected.SevereViolation", ""),
    ("prompt_refused", 400, "InputTextRiskDetection", ""),
    ("prompt_refused", 400, "moderation_blocked", ""),
    ("prompt_refused", 400, "content_policy_violation", ""),
    ("prompt_refused", 400, "content_filter", ""),
    ("prompt_refused", 500, "sensitive_words_detected", ""),
    ("prompt_refused", 400, "prompt_blocked", ""),
    ("reference_refused", 400, "InputImageSensitiveContentDetected.PrivacyInformation", ""),
    ("reference_refused", 400, "InputImageRiskDetection", ""),
    ("result_withheld", 400, "OutputImageSensitiveContentDetected", ""),
    ("result_withheld", None, "OutputImageSensitiveContentDetected.PolicyViolation", ""),
    ("result_withheld", 400, "OutputImageRiskDetection", ""),
    ("bad_size", 400, "InvalidParameter", SIZE_MESSAGE),
    ("bad_size", 400, "InvalidParameter.Size", "the size is out of range"),
    ("bad_size", 400, "invalid_value", "Width and height must both be divisible by 16."),
    ("bad_size", 400, "", "image size must be at most 16777216 pixels"),
    ("bad_size", 400, "", "at least 655,360 pixels are needed"),
    ("bad_reference", 400, "InvalidImageURL.EmptyURL", ""),
    ("bad_reference", 400, "InvalidParameter", "`image` is not valid: invalid url specified."),
    ("bad_reference", 400, "", "Timeout while downloading https://img.example.org/a.png"),
    ("bad_reference", 400, "invalid_image_url", ""),
    ("bad_reference", 400, "unsupported_file_mimetype", ""),
    ("bad_reference", 400, "InvalidParameter", "the number of images cannot exceed 14"),
    ("bad_option", 400, "InvalidParameter", "The parameter `seed` is not valid."),
    ("bad_option", 400, "MissingParameter", "The request is missing the parameter `prompt`."),
    ("bad_option", 400, "invalid_value", "quality must be one of low, high"),
    ("bad_option", 500, "invalid_request", "The parameter is not valid."),
    ("bad_option", 400, "invalid_request_error", ""),
    ("bad_option", 400, "bad_request_body", ""),
    ("bad_option", 400, "", "Unsupported parameter: 'input_fidelity'"),
    ("bad_option", 422, "", "no words of use"),
    ("too_large", 413, "read_request_body_failed", ""),
    ("too_large", 413, "", ""),
    ("auth", 401, "AuthenticationError", ""),
    ("auth", 403, "InvalidAccountStatus", ""),
    ("auth", 400, "invalid_api_key", ""),
    ("auth", 401, "", ""),
    ("credit", 403, "AccountOverdueError", ""),
    ("credit", 400, "Model.ServiceOverdue", ""),
    ("credit", 403, "insufficient_user_quota", ""),
    ("credit", 403, "pre_consume_token_quota_failed", ""),
    ("credit", 429, "insufficient_quota", "You exceeded your current quota."),
    ("credit", 400, "billing_hard_limit_reached", ""),
    ("credit", 429, "billing_not_active", ""),
    ("credit", 402, "credit_balance_exhausted", ""),
    ("credit", 429, "QuotaExceeded", "Your account has no quota left."),
    ("credit", 429, "SetLimitExceeded", ""),
    ("credit", 402, "", ""),
    ("rate", 429, "QuotaExceeded", "Too many queued tasks."),
    ("not_allowed", 403, "AccessDenied", ""),
    ("not_allowed", 403, "Model.ServiceNotOpen", ""),
    ("not_allowed", 403, "access_denied", ""),
    ("not_allowed", 403, "", ""),
    ("no_such_model", 404, "InvalidEndpointOrModel.NotFound", ""),
    ("no_such_model", 404, "ModelNotOpen", ""),
    ("no_such_model", 404, "UnsupportedModel", ""),
    ("no_such_model", 503, "model_not_found", ""),
    ("no_such_model", 404, "", "Invalid URL (POST /v1/images/edit)"),
    ("no_such_model", 404, "", ""),
    ("rate", 429, "RateLimitExceeded.EndpointRPMExceeded", ""),
    ("rate", 429, "ModelAccountRpmRateLimitExceeded", ""),
    ("rate", 429, "rate_limit_exceeded", ""),
    ("rate", 429, "RequestBurstTooFast", ""),
    ("rate", 429, "ServerOverloaded", ""),
    ("rate", 429, "InflightBatchsizeExceeded", ""),
    ("rate", 503, "slow_down", ""),
    ("rate", 429, "", ""),
    ("no_channel", 503, "get_channel_failed", ""),
    ("no_channel", 500, "channel:no_available_key", ""),
    ("server", 500, "InternalServiceError", ""),
    ("server", 500, "do_request_failed", ""),
    ("server", 502, "bad_response_status_code", ""),
    ("server", 500, "read_response_body_failed", ""),
    ("server", 503, "", ""),
    ("server", 521, "", ""),
    ("unknown_outcome", 504, "", ""),
    ("unknown_outcome", 524, "", ""),
    ("unknown_outcome", 504, "bad_response_status_code", ""),
]


@every_case(("expected", "status", "code", "message"), ROWS)
def test_each_row_of_the_table_has_its_class(
    expected: str, status: int | None, code: str, message: str
) -> None:
    assert classify(code, message, status=status) == ErrorClass(expected)


def test_the_parameter_named_beside_the_message_counts_as_wording() -> None:
    assert classify("invalid_value", "wrong", status=400, param="size") is ErrorClass.BAD_SIZE
    assert classify("invalid_value", "bad", status=400, param="image") is ErrorClass.BAD_REFERENCE


def test_the_type_of_an_error_without_code_is_asked_after_its_wording() -> None:
    kind = "invalid_request_error"
    assert classify("", "no", status=500, kind=kind) is ErrorClass.BAD_OPTION
    assert classify("", "Invalid URL (POST /)", status=404, kind=kind) is ErrorClass.NO_SUCH_MODEL


def answer(body: object, status: int = 400, **headers: str) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=text, headers=named, received_at=1_790_000_000.0)


def test_the_documents_example_loses_its_request_id_to_the_log_field() -> None:
    body = {"code": "InvalidParameter", "message": SIZE_MESSAGE, "param": "size", "type": "Bad"}
    failure = failure_of(answer({"error": body}))
    assert failure == Failure(
        error_class=ErrorClass.BAD_SIZE,
        code="InvalidParameter",
        message=SIZE_MESSAGE.removesuffix(" Request id: 0217abc"),
        http_status=400,
        request_id="0217abc",
    )


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("No channel (request id: 2025-abc_1)", "No channel"),
        ("No channel. Request id: 2025-abc_1.", "No channel."),
        ("No channel request_id: 2025-abc_1", "No channel"),
    ],
)
def test_request_ids_are_cut_off_in_every_spelling(message: str, rest: str) -> None:
    failure = failure_of(answer({"error": {"message": message}}, status=500))
    assert (failure.message, failure.request_id) == (rest, "2025-abc_1")


@every_case(
    ("body", "code", "message", "expected"),
    [
        ({"error": {"code": 1113, "message": "no"}}, "1113", "no", ErrorClass.BAD_OPTION),
        ({"error": {"code": None, "message": "no"}}, "", "no", ErrorClass.BAD_OPTION),
        ({"error": {"message": "no"}}, "", "no", ErrorClass.BAD_OPTION),
        ({"error": "Unsupported parameter"}, "", "Unsupported parameter", ErrorClass.BAD_OPTION),
        (
            {"code": "get_channel_failed", "message": "none", "data": None},
            "get_channel_failed",
            "none",
            ErrorClass.NO_CHANNEL,
        ),
        ({"detail": "Not here"}, "", "Not here", ErrorClass.BAD_OPTION),
        (
            {"detail": [{"loc": ["body"], "msg": "field required"}, {"msg": "too short"}]},
            "",
            "field required; too short",
            ErrorClass.BAD_OPTION,
        ),
        ({"message": "plain"}, "", "plain", ErrorClass.BAD_OPTION),
        ([1, 2], "", "", ErrorClass.BAD_OPTION),
        (b"<html><head><title>Oh\n no</title></head>", "", "Oh no", ErrorClass.BAD_OPTION),
        (b"", "", "", ErrorClass.BAD_OPTION),
        (b"\xff\xfe", "", "", ErrorClass.BAD_OPTION),
    ],
)
def test_every_shape_of_an_error_body_is_read(
    body: object, code: str, message: str, expected: ErrorClass
) -> None:
    failure = failure_of(answer(body))
    assert (failure.code, failure.message, failure.error_class) == (code, message, expected)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "Mon, 21 Sep 2026 14:14:10 GMT"}, 50.0),
        ({"retry_after": "Mon, 21 Sep 2020 00:00:00 GMT"}, 0.0),
        ({"retry_after": "inf"}, None),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wish_to_wait_is_read_from_every_header(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert failure_of(answer({}, 429, **headers)).retry_after == seconds


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), ("maybe", None)])
def test_the_explicit_word_on_repeating_is_read(text: str, value: bool | None) -> None:
    assert failure_of(answer({}, 500, x_should_retry=text)).should_retry is value


def test_a_redirect_is_no_answer() -> None:
    failure = failure_of(answer(b"", 307))
    assert (failure.error_class, failure.code) == (ErrorClass.BAD_RESPONSE, "redirect")


def test_the_header_names_the_request_where_the_message_does_not() -> None:
    assert failure_of(answer({"message": "x"}, x_request_id="r-9")).request_id == "r-9"
    assert error_in({"message": "x"}, status=None).request_id is None


@pytest.mark.parametrize(
    "secret",
    [
        "data:image/png;base64," + "iVBORw0KGgo" * 4,
        "iVBORw0KGgo" * 30,
        "https://cdn.example.org/a.png?X-Signature=abcdef&e=1",
        "Bearer abcdefgh",
        "sk-abc123***********xyz9",
    ],
)
def test_no_secret_survives_in_a_message(secret: str) -> None:
    said = clean(f"The value {secret} was refused")
    assert secret not in said
    assert "Signature" not in said
    assert said.startswith("The value ")
    assert said.endswith("refused")


def test_messages_are_cut_short() -> None:
    assert len(clean("word " * 500)) == MESSAGE_CHARACTERS
