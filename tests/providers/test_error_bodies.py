"""Bodies of errors as services really send them, and the class that each one has.

docs/spec/replies.md section 2.
"""

from __future__ import annotations

import json

from bot.domain.errors import ErrorClass
from bot.providers.replies.classify import classify, failure_of
from bot.providers.replies.http_answer import Answer
from tests.cases import every_case

REQUEST = "invalid_request_error"


def _error(**fields: object) -> dict[str, object]:
    return {"error": fields}


BODIES: list[tuple[str, int, object]] = [
    (
        "not_allowed",
        403,
        _error(
            message=(
                "Your organization must be verified to use the model `gpt-image-1`. Please go "
                "to: https://platform.openai.com/settings/organization/general and click on "
                "Verify Organization."
            ),
            type=REQUEST,
            param=None,
            code=None,
        ),
    ),
    (
        "auth",
        401,
        _error(message="You didn't provide an API key.", type=REQUEST, param=None, code=None),
    ),
    ("auth", 401, _error(message="x", type=REQUEST, code=None)),
    ("no_such_model", 404, _error(message="x", type=REQUEST, code=None)),
    ("too_large", 413, _error(message="x", type=REQUEST, code=None)),
    ("credit", 402, _error(message="x", type=REQUEST, code=None)),
    ("rate", 429, _error(message="x", type=REQUEST, code=None)),
    (
        "no_such_model",
        400,
        _error(
            message="The model 'gpt-image-2' does not exist.",
            type="image_generation_user_error",
            code="invalid_value",
            param="model",
        ),
    ),
    (
        "prompt_refused",
        400,
        _error(message="x", type="image_generation_user_error", code="moderation_blocked"),
    ),
    (
        "bad_size",
        400,
        _error(
            code="InvalidParameter",
            param="",
            type="",
            message=(
                "The parameter `size` specified in the request is not valid: the specified size "
                "is not supported for model doubao-seedream-4-5."
            ),
        ),
    ),
    (
        "bad_size",
        400,
        _error(
            code="InvalidParameter",
            param="",
            type="",
            message="size must be one of 'WIDTHxHEIGHT', '2k', '3k', or '4k'",
        ),
    ),
    (
        "bad_size",
        400,
        _error(code="InvalidParameter", message="image size must be at least 3686400 pixels"),
    ),
    (
        "bad_option",
        400,
        _error(
            code="InvalidParameter",
            message="the parameter `output_format` is not supported by the current model",
        ),
    ),
    (
        "bad_option",
        400,
        _error(
            code="InvalidParameter",
            message=(
                "The parameter `sequential_image_generation` specified in the request is not "
                "valid: not supported by the current model doubao-x"
            ),
        ),
    ),
    (
        "auth",
        401,
        _error(
            code="AuthenticationError",
            message="The API key format is incorrect. Request id: 0217",
            type="Unauthorized",
            param="",
        ),
    ),
    (
        "no_such_model",
        400,
        _error(
            code="400",
            type=REQUEST,
            message=(
                "/images/generations: Invalid model name passed in model=foo. Call `/v1/models` "
                "to view available models for your key."
            ),
        ),
    ),
    (
        "auth",
        400,
        _error(type="no_db_connection", message="No connected db.", code="400", param=None),
    ),
    (
        "prompt_refused",
        400,
        _error(
            code="400",
            type="image_generation_user_error",
            message=(
                "litellm.BadRequestError: OpenAIException - Your request was rejected as a "
                "result of our safety system. Your prompt may contain text that is not allowed "
                "by our safety system."
            ),
        ),
    ),
    (
        "credit",
        429,
        _error(
            code="429",
            type="throttling_error",
            message=(
                "litellm.RateLimitError: OpenAIException - You exceeded your current quota, "
                "please check your plan and billing details."
            ),
        ),
    ),
    (
        "credit",
        400,
        _error(
            type="budget_exceeded",
            code="400",
            message="Budget has been exceeded! Current cost: 1.1, Max budget: 1.0",
        ),
    ),
    ("credit", 429, _error(type="budget_exceeded", code="429", message="x")),
    ("not_allowed", 403, _error(code="403", type=REQUEST, message="x")),
    # Servers at home, in FastAPI's shapes.
    (
        "bad_size",
        400,
        {
            "object": "error",
            "message": "Invalid size format: '2K'. Expected format: 'WIDTHxHEIGHT'",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
    ),
    (
        "bad_size",
        422,
        {
            "detail": [
                {
                    "type": "string_pattern_mismatch",
                    "loc": ["body", "size"],
                    "msg": "String should match pattern '^\\d+x\\d+$'",
                    "input": "auto",
                }
            ]
        },
    ),
    (
        "bad_option",
        422,
        {"detail": [{"type": "int_parsing", "loc": ["body", "n"], "msg": "not an integer"}]},
    ),
    (
        "bad_option",
        422,
        {"detail": "'image' must be provided as a multipart file upload, not a string."},
    ),
    ("bad_option", 400, {"detail": "response_format='url' requires cloud storage"}),
    # What OpenAI says of a size, a file and a model.
    (
        "bad_size",
        400,
        _error(
            message=(
                "Invalid value: '1536x1152'. Supported values are: '1024x1024', '1024x1536', "
                "'1536x1024', and 'auto'."
            ),
            type=REQUEST,
            param="size",
            code="invalid_value",
        ),
    ),
    (
        "bad_reference",
        400,
        _error(
            message=(
                "Invalid file 'image': unsupported mimetype ('application/octet-stream'). "
                "Supported file formats are 'image/jpeg', 'image/png', and 'image/webp'."
            ),
            type=REQUEST,
            param="image",
            code="unsupported_file_mimetype",
        ),
    ),
    (
        "no_such_model",
        404,
        _error(
            message="The model or endpoint seedream-5-0-lite does not exist.",
            code="InvalidEndpointOrModel.NotFound",
            param="",
            type="NotFound",
        ),
    ),
    ("credit", 402, _error(code=402, message="Insufficient credits")),
    (
        "prompt_refused",
        403,
        _error(
            code=403,
            message="Your input was flagged",
            metadata={"reasons": ["sexual"], "flagged_input": "...", "provider_name": "OpenAI"},
        ),
    ),
    (
        "prompt_refused",
        403,
        _error(
            code=403,
            message="Input refused",
            metadata={"reasons": ["sexual"], "flagged_input": "..."},
        ),
    ),
    (
        "result_withheld",
        400,
        {
            "code": "Client specified an invalid argument",
            "error": "Generated image rejected by content moderation.",
        },
    ),
    (
        "auth",
        400,
        {
            "code": "Client specified an invalid argument",
            "error": "Incorrect API key provided: xx***yy.",
        },
    ),
    (
        "no_such_model",
        400,
        {
            "error": {
                "message": "Model mismatch: request specifies 'a' but server is running 'b'.",
                "type": "BadRequestError",
                "code": 400,
            }
        },
    ),
    (
        "auth",
        400,
        _error(
            code=400,
            message="API key not valid. Please pass a valid API key.",
            status="INVALID_ARGUMENT",
        ),
    ),
    (
        "prompt_refused",
        422,
        {
            "detail": [
                {
                    "loc": ["body", "prompt"],
                    "msg": (
                        "The content could not be processed because it contained material flagged "
                        "by a content checker."
                    ),
                    "type": "content_policy_violation",
                }
            ]
        },
    ),
    (
        "prompt_refused",
        422,
        {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]},
    ),
    (
        "prompt_refused",
        500,
        _error(
            code="bad_response_status_code",
            type="upstream_error",
            message=(
                "Your request was rejected by the safety system. If you believe this is an "
                "error, contact us. (request id: 2)"
            ),
        ),
    ),
    (
        "prompt_refused",
        500,
        _error(
            code="bad_response_status_code",
            type="upstream_error",
            message="may violate our guardrails",
        ),
    ),
    (
        "prompt_refused",
        500,
        _error(
            code=None, type="upstream_error", message="This request violates our content policy"
        ),
    ),
    ("prompt_refused", 400, _error(code=None, type="upstream_error", message="content policy")),
    (
        "prompt_refused",
        400,
        _error(
            message=(
                "The prompt may violate our guardrails concerning similarity to third-party "
                "content."
            )
        ),
    ),
    (
        "prompt_refused",
        403,
        _error(message="Request blocked: violates usage policies", code="forbidden"),
    ),
    ("prompt_refused", 403, _error(message="prompt violates content policy", code="access_denied")),
    (
        "prompt_refused",
        500,
        _error(
            code="do_request_failed",
            message='upstream said: {"error":{"code":"content_policy_violation","message":"no"}}',
        ),
    ),
    (
        "prompt_refused",
        502,
        _error(
            code="bad_response_status_code",
            message='status 400: {"error":{"code":"moderation_blocked","message":"no"}}',
        ),
    ),
    (
        "bad_option",
        400,
        _error(
            message="Unknown parameter: 'moderation'.",
            type=REQUEST,
            param="moderation",
            code="unknown_parameter",
        ),
    ),
    (
        "bad_option",
        400,
        _error(
            message="Unknown parameter: 'safety_identifier'.",
            type=REQUEST,
            code="unknown_parameter",
        ),
    ),
    (
        "bad_option",
        400,
        _error(
            message="Invalid value: 'x'. Supported values are: 'auto' and 'low'.",
            type=REQUEST,
            code="invalid_value",
            param="moderation",
        ),
    ),
    (
        "not_allowed",
        403,
        (
            b"<html><head><title>Access denied | api.x.com used Cloudflare to restrict "
            b"access</title></head><body>error 1010</body></html>"
        ),
    ),
    ("not_allowed", 403, b"error code: 1010"),
    (
        "auth",
        403,
        _error(message="Your account has been suspended for violating our usage policies"),
    ),
    ("server", 500, _error(message="content moderation service unavailable")),
    ("prompt_refused", 400, b"Your request was rejected by our safety system."),
    (
        "rate",
        429,
        _error(message="You exceeded your current quota: requests per minute", code="429"),
    ),
    (
        "prompt_refused",
        400,
        _error(
            message=(
                "The response was filtered due to the prompt triggering Azure OpenAI's content "
                "management policy."
            ),
            code="content_filter",
            innererror={"code": "ResponsibleAIPolicyViolation"},
        ),
    ),
    (
        "reference_refused",
        400,
        _error(
            message=(
                "Your input image may contain content that is not allowed by our safety system."
            ),
            code=None,
        ),
    ),
    (
        "prompt_refused",
        400,
        {
            "base_resp": {
                "status_code": 1026,
                "status_msg": "input new_sensitive: prompt contains sensitive content",
            }
        },
    ),
    ("prompt_refused", 500, _error(message="提示词包含敏感内容")),
    (
        "credit",
        403,
        _error(message="用户额度不足, 剩余额度: ＄0.00", type="new_api_error", code=""),
    ),
    ("auth", 401, _error(message="无效的令牌", type="new_api_error")),
    (
        "no_channel",
        503,
        _error(
            message="当前分组 default 下对于模型 gpt-image-1 无可用渠道",
            type="new_api_error",
            code="",
        ),
    ),
    ("prompt_refused", 400, _error(message="Prompt blocked: PROHIBITED_CONTENT")),
    ("server", 500, _error(message="Incorrect API key provided (upstream)")),
    ("credit", 400, _error(message="Billing hard limit has been reached")),
    ("credit", 400, _error(message="Your credit balance is too low to access the API.")),
    (
        "no_such_model",
        400,
        _error(message="The model `x` does not exist or you do not have access to it."),
    ),
    ("server", 500, _error(message="Internal error")),
]


BODIES += [
    ("prompt_refused", 400, {"Response": {"Error": {"Code": "X", "Message": "文本审核不通过"}}}),
    ("auth", 400, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}),
    ("prompt_refused", 400, {"errcode": 1, "errmsg": "内容含有违规"}),
    ("prompt_refused", 400, {"error_code": 282003, "error_msg": "prompt sensitive"}),
    ("auth", 400, _error(code=400, message="x", details=[{"reason": "API_KEY_INVALID"}])),
    (
        "prompt_refused",
        403,
        _error(
            code=403,
            message="Provider returned error",
            metadata={"raw": json.dumps(_error(message="Your request was flagged"))},
        ),
    ),
    (
        "prompt_refused",
        502,
        _error(
            code=400,
            message="Provider returned error",
            metadata={"raw": json.dumps(_error(message="x", code="content_policy_violation"))},
        ),
    ),
]


@every_case(("expected", "status", "body"), BODIES)
def test_every_body_of_an_error_has_its_class(expected: str, status: int, body: object) -> None:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = failure_of(Answer(status=status, body=text))
    assert found.error_class is ErrorClass(expected), found


REFUSALS = (
    "Your request was rejected by the safety system.",
    "The prompt may violate our guardrails.",
    "This violates our content policy",
    "blocked by content moderation",
    "Your input was flagged as violating our usage policies.",
    "The prompt contains sensitive words",
    "Request rejected by the NSFW filter",
    "Prompt blocked due to safety reasons",
    "提示词包含敏感词",
)


def test_a_refusals_words_count_whatever_stands_around_them() -> None:
    for words in REFUSALS:
        for status in (200, 400, 403, 422, 429, 500, 502, 503, None):
            for code in ("", "400", "bad_response_status_code", "invalid_value", "access_denied"):
                for kind in ("", "upstream_error", "new_api_error", REQUEST, "server_error"):
                    found = classify(code, words, status=status, kind=kind)
                    assert found is ErrorClass.PROMPT_REFUSED, (words, status, code, kind)


# Wordings of several services; some are about the input or the output.
FURTHER_REFUSALS = (
    "Content Moderated",
    "Request moderated",
    "NSFW content detected. Try another prompt.",
    "The input or output was flagged as sensitive",
    "Your input contains words that are not allowed",
    "Banned words in prompt: x",
    "Invalid prompts detected",
    "input new_sensitive",
    "output new_sensitive",
    "Text Risk Not Pass",
    "Post Img Risk Not Pass",
    "Failure to pass the risk control system",
    "Your prompt violates the terms of use",
    "It does not comply with our terms of service",
    "Request refused: violence",
    "Response blocked: SAFETY",
    "Depicting minors is not allowed",
    "celebrity likeness not allowed",
    "It may infringe: copyright infringement detected",
    "Our system thinks it may be unsafe",
    "The generated image was filtered because it is unsafe",
    "I'm sorry, but I can't create that image.",
    "I can’t help with that request",
    "The model refused to generate the image",
    "内容审核不通过",
    "图片审核失败",
    "文本包含违法信息",
    "生成的图片未通过安全检测",
    "您输入的内容可能存在风险",
    "命中风控",
    "风险控制拦截",
    "内容违反相关法律法规",
    "提示词违反社区规范",
    "包含不良信息",
    "该请求触发内容过滤",
    "内容被拦截",
    "提示词含有屏蔽词",
    "检测到侵权内容",
    "包含暴力血腥内容",
    "不能生成真实人物",
    "图像包含名人",
    "抱歉，我无法生成此类内容",
)
REFUSED = {
    ErrorClass.PROMPT_REFUSED,
    ErrorClass.REFERENCE_REFUSED,
    ErrorClass.RESULT_WITHHELD,
}


@every_case("words", FURTHER_REFUSALS)
def test_a_refusal_is_known_in_english_and_chinese(words: str) -> None:
    for status in (200, 400, 403, 422, 500, None):
        assert classify("", words, status=status) in REFUSED, status


def test_input_and_output_are_told_apart() -> None:
    assert classify("", "output new_sensitive", status=None) is ErrorClass.RESULT_WITHHELD
    assert classify("", "生成的图片未通过安全检测", status=400) is ErrorClass.RESULT_WITHHELD
    both = "系统检测到输入或生成内容可能包含敏感内容"
    assert classify("", both, status=400) is ErrorClass.PROMPT_REFUSED
    assert classify("", "Pre Img Risk Not Pass", status=400) is ErrorClass.REFERENCE_REFUSED


def test_a_type_never_outranks_a_status_that_says_something() -> None:
    statuses = {401: "auth", 402: "credit", 403: "not_allowed", 404: "no_such_model"}
    statuses |= {413: "too_large", 429: "rate"}
    kinds = (REQUEST, "image_generation_user_error", "upstream_error", "server_error", "BadRequest")
    for status, expected in statuses.items():
        for kind in (*kinds, "authentication_error", "rate_limit_error", ""):
            assert classify("", "no", status=status, kind=kind) is ErrorClass(expected)


OTHERS = (
    ("bad_option", 400, "Unknown parameter: 'moderation'."),
    ("bad_option", 400, "moderation must be one of auto, low"),
    ("bad_option", 400, "safety_tolerance must be between 0 and 6"),
    ("not_allowed", 403, "Access denied by security policy"),
    ("not_allowed", 403, "Blocked by your organization's network policy"),
    ("server", 500, "The content filter is temporarily unavailable"),
    ("server", 503, "Moderation system timed out"),
    ("rate", 429, "Your request exceeds the rate limit policy"),
    ("auth", 403, "Your organization was disabled for violating our usage policies"),
    ("rate", 429, "Quota exceeded: 5 requests per minute"),
    ("bad_option", 400, "the model does not support the parameter `seed`"),
    ("server", 500, "upstream: invalid api key"),
    ("no_such_model", 404, "Model names are case-sensitive. Model not found"),
    ("bad_option", 400, "model name is case sensitive and not allowed"),
    ("not_allowed", 403, "You are not allowed to sample from this model"),
    ("not_allowed", 403, "Sorry, you have been blocked"),
    ("bad_option", 400, "Parameter 'nsfw' is not allowed"),
    ("bad_option", 400, "a minor version is not allowed"),
    ("not_allowed", 403, "Your organization's sensitive data policy denied access"),
    ("server", 500, "Unable to generate the image, please try again"),
    ("not_allowed", 403, "账号触发风控"),
    ("not_allowed", 403, "请求被防火墙拦截"),
    ("bad_option", 400, "参数不合法"),
    ("server", 500, "无法生成图片，请重试"),
    ("rate", None, "rate limit"),
    ("auth", None, "login fail: Please carry the API secret key"),
    ("auth", 400, "身份认证失败"),
    ("credit", 403, "User is locked. Reason: Exhausted balance."),
    ("credit", 400, "Access denied, please make sure your account is in good standing."),
    ("no_such_model", 400, "Model not exist."),
    ("bad_reference", 400, "图片下载失败"),
)


def test_words_that_only_look_like_a_refusal_are_none() -> None:
    for expected, status, words in OTHERS:
        assert classify("", words, status=status) is ErrorClass(expected), words
