"""Which words of an image service mean which class of error (docs/spec/replies.md section 2).

The order of the rows counts among wordings alone: the first row whose wording is found wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bot.domain.errors import ErrorClass
from bot.providers.replies.refusal_wording import ACCOUNT, FILTER, GIVEN, MADE, NO_REFUSAL

# A gateway's own page: what became of the call behind it nobody knows.
UNKNOWN_STATUSES = frozenset({504, 524})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    `codes` decide alone; `general` ones say little, so that a wording comes before them. A wording
    counts where `also` is found too and `unless` is not, with `beside` only beside such a code.
    `refusing` says that it counts only where the service itself refused: a relay's 5xx may repeat
    somebody else's trouble.
    """

    error_class: ErrorClass
    codes: tuple[str, ...] = ()
    wording: str = ""
    also: str = ""
    unless: str = ""
    general: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    beside: tuple[str, ...] = ()
    refusing: bool = False

    def has_code(self, code: str, *, exact: bool) -> bool:
        """Whether a code is one of the row's, literally or by its pattern."""
        return _among(code, [known for known in self.codes if ("*" in known) is not exact])

    def has_type(self, kind: str) -> bool:
        """Whether an error's `type` is one of the row's codes."""
        return _among(kind, self.codes)

    def has_general_code(self, code: str) -> bool:
        """Whether a code points at the row where nothing else does."""
        return _among(code, self.general)

    def says(self, code: str, text: str, status: int | None) -> bool:
        """Whether the row's wording is in the text, and counts there."""
        if not self.wording or (self.beside and not _among(code, self.beside)):
            return False
        if self.refusing and status is not None and status >= 500:
            return False
        return (
            _found(self.wording, text)
            and (not self.also or _found(self.also, text))
            and not (self.unless and _found(self.unless, text))
        )


def _found(wording: str, text: str) -> bool:
    return re.search(wording, text, re.IGNORECASE) is not None


def _among(code: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(code.lower(), pattern.lower()) for pattern in patterns)


# Codes and types that say no more than "something in the request": the wording tells what.
_REQUEST = (
    "InvalidParameter*",
    "invalid_value",
    "invalid_request*",
    "invalid_argument",
    "image_generation_user_error",
    "bad_request",
    "BadRequest",
    "BadRequestError",
)
_SIZE = r"at (least|most) [\d,. ]+pixels|divisible by 16"
_REFERENCE = (
    r"invalid url specified|timeout while downloading|could not be downloaded|cannot exceed"
    r"|(图片|图像|参考图)(下载|获取|读取|解析)失败"
)
_CREDIT = (
    r"exceeded your current quota|insufficient[ _](\w+[ _])?(credits?|balance|funds?|quota)"
    r"|(not enough|no|out of|run out of|too few|lacks?) (\w+ )?(credits|balance|funds)\b"
    r"|(credit|account|wallet) (balance|credits?) (\w+ ){0,3}(low|insufficient|exhausted|empty|"
    r"used up|zero|negative)|credits? (\w+ ){0,2}(exhausted|used up|depleted)"
    r"|budget (has been |was |is )?exceeded|exceeded ?(your |the |max(imum)? )?budget|over budget"
    r"|max(imum)? budget|billing[ _](hard |soft )?[ _]?limit|payment required|billing_not_active"
    r"|(overdue|unpaid) (balance|payment|invoice|bill)|account (is )?overdue|top ?up your|"
    r"(spending|spend|usage) limit (\w+ ){0,3}(reached|exceeded)"
    r"|quota (\w+ ){0,3}(exhausted|used up|depleted)|exhausted (balance|credits?)"
    r"|account is in good standing"
    r"|余额不足|额度(不足|已用尽|已用完)|欠费|配额(不足|已用尽)|充值"
)
_PER_TIME = r"per (second|minute|hour|day)\b|/min\b|\b[RT]PM\b|queue"
_MODEL = (
    r"invalid model\b|unknown model\b|no such model|model mismatch|model_not_found"
    r"|\bmodels?\b[^.;]{0,90}?\b((does )?not exist|doesn't exist|do not exist|not found|"
    r"(is|was) not (available|offered|served|deployed|enabled)|no longer (available|supported|"
    r"offered)|(has been |was |is )?(deprecated|retired|decommissioned|shut down|discontinued))"
    r"|not a valid model|模型.{0,40}(不存在|已下线|未找到)|\binvalid url\b"
)
_KEY = (
    r"\b(invalid|incorrect|wrong|expired|missing|bad|unknown|revoked) (\w+ )?(api|access|secret)"
    r"[ _-]?(key|token)|\b(invalid|expired|incorrect) (bearer |auth\w* )?token\b"
    r"|api[ _-]?key\b[^.;]{0,40}?\b(invalid|not valid|incorrect|expired|missing|revoked|disabled|"
    r"not found|required)"
    r"|(provide|providing|set|include|send) (\w+ ){0,3}(valid )?api[ _-]?key|no api[ _-]?key"
    r"|(didn't|did not) provide an api[ _-]?key|no connected db|authentication (failed|fails|error)"
    r"|invalid authentication|invalid credentials|credentials could not be (validated|verified)"
    r"|carry the api (secret )?key|无效的(令牌|api ?key)|令牌(无效|已过期|不可用)|令牌状态不可用"
    r"|(密钥|api ?key)(无效|错误|不存在|已过期)|身份(验证|认证)失败"
)
_RATE = (
    r"rate[ -]limit\w* (\w+ ){0,3}(reached|exceeded|hit)|exceed\w* (\w+ ){0,4}rate[ -]limit"
    r"|^\W*rate[ -]?limit\w*\W*$|too many (concurrent )?requests"
    r"|concurren\w+ (\w+ )?limit|请求(过于频繁|过多)|限流"
)

TABLE = (
    Row(error_class=ErrorClass.AUTH, wording=ACCOUNT, refusing=True),
    Row(
        error_class=ErrorClass.RESULT_WITHHELD,
        codes=("OutputImageSensitiveContentDetected*", "OutputImageRiskDetection"),
        wording=FILTER,
        also=MADE,
        unless=NO_REFUSAL,
    ),
    Row(
        error_class=ErrorClass.REFERENCE_REFUSED,
        codes=("InputImageSensitiveContentDetected*", "InputImageRiskDetection"),
        wording=FILTER,
        also=GIVEN,
        unless=NO_REFUSAL,
    ),
    Row(
        error_class=ErrorClass.PROMPT_REFUSED,
        codes=(
            "InputTextSensitiveContentDetected*",
            "SensitiveContentDetected*",
            "InputTextRiskDetection",
            "moderation_blocked",
            "content_policy_violation",
            "content_policy",
            "content_filter*",
            "contentFilter",
            "ResponsibleAIPolicyViolation",
            "sensitive_words_detected",
            "prompt_blocked",
            "safety_violation*",
            "DataInspectionFailed",
        ),
        wording=FILTER,
        unless=NO_REFUSAL,
    ),
    Row(error_class=ErrorClass.BAD_SIZE, beside=_REQUEST, wording="`(custom_)?size"),
    Row(
        error_class=ErrorClass.BAD_REFERENCE,
        beside=_REQUEST,
        wording=rf"{_REFERENCE}|`(images?|image_urls?|mask)\b",
    ),
    Row(error_class=ErrorClass.NO_SUCH_MODEL, beside=_REQUEST, wording=_MODEL),
    Row(error_class=ErrorClass.BAD_SIZE, beside=_REQUEST, wording=rf"{_SIZE}|\bsize\b"),
    # QuotaExceeded also stands for a full queue.
    Row(error_class=ErrorClass.RATE, beside=("QuotaExceeded",), wording="queue"),
    Row(error_class=ErrorClass.BAD_SIZE, wording=_SIZE),
    Row(
        error_class=ErrorClass.BAD_REFERENCE,
        codes=("InvalidImageURL*", "invalid_image_url", "unsupported_file_mimetype"),
        wording=_REFERENCE,
    ),
    Row(
        error_class=ErrorClass.BAD_OPTION,
        codes=("MissingParameter*", "bad_request_body"),
        wording="unsupported parameter|argument not supported",
        general=_REQUEST,
        statuses=(400, 405, 409, 415, 422),
    ),
    Row(
        error_class=ErrorClass.TOO_LARGE,
        codes=("read_request_body_failed", "request_too_large"),
        statuses=(413,),
    ),
    Row(
        error_class=ErrorClass.AUTH,
        codes=(
            "AuthenticationError",
            "authentication_error",
            "InvalidAccountStatus",
            "invalid_api_key",
            "no_db_connection",
            "API_KEY_INVALID",
            "AuthFailure*",
        ),
        wording=_KEY,
        refusing=True,
        statuses=(401,),
    ),
    Row(
        error_class=ErrorClass.CREDIT,
        codes=(
            "AccountOverdueError",
            "Arrearage",
            "*.ServiceOverdue",
            "insufficient_user_quota",
            "pre_consume_token_quota_failed",
            "insufficient_quota",
            "insufficient_credits",
            "insufficient_balance",
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error",
            "budget_exceeded",
            "credit_balance_exhausted",
            "SetLimitExceeded",
        ),
        wording=_CREDIT,
        unless=_PER_TIME,
        general=("QuotaExceeded",),
        statuses=(402,),
    ),
    Row(
        error_class=ErrorClass.NOT_ALLOWED,
        codes=("*.ServiceNotOpen",),
        wording=r"must be verified to use|verify (your )?organi[sz]ation",
        refusing=True,
        general=("AccessDenied", "access_denied", "permission_error", "permission_denied"),
        statuses=(403,),
    ),
    Row(
        error_class=ErrorClass.NO_CHANNEL,
        codes=("get_channel_failed", "channel:*"),
        wording=r"no available channel|无可用渠道",
    ),
    Row(
        error_class=ErrorClass.NO_SUCH_MODEL,
        codes=("InvalidEndpointOrModel*", "ModelNotOpen", "UnsupportedModel", "model_not_found"),
        wording=_MODEL,
        general=("not_found_error",),
        statuses=(404,),
    ),
    Row(
        error_class=ErrorClass.RATE,
        codes=(
            "RateLimitExceeded*",
            "*RateLimitExceeded",
            "rate_limit_exceeded",
            "rate_limit_error",
            "RequestBurstTooFast",
            "ServerOverloaded",
            "InflightBatchsizeExceeded",
            "slow_down",
        ),
        wording=_RATE,
        general=("throttling_error",),
        statuses=(429,),
    ),
    Row(
        error_class=ErrorClass.SERVER,
        general=(
            "InternalServiceError",
            "do_request_failed",
            "bad_response*",
            "read_response_body_failed",
        ),
    ),
)
