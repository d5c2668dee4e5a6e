"""The error tree: what can go wrong with a request, by who must act and who pays.

EaselError
├── RefusedError        the member asked for what cannot be; nothing was spent
│   ├── AccessError     not here, not you, not now (the gate)
│   └── QuotaError      an allowance or a budget is used up
├── StaffError          a moderator or manager decided what cannot be; nothing was changed
├── StyleError          (bot.domain.styles) a style cannot be kept like that; nothing was changed
├── LimitError          staff asked for a limit that cannot be; nothing was changed
├── PictureError        a picture could not be read, converted or fitted
├── ProviderError       the image service refused or failed; its class decides words and money
├── DeliveryError       Discord did not take the result
└── SetupError          configuration, catalog or database: the operator acts
    └── StorageError    the database cannot be used: locked, full, read-only, damaged
        └── PictureStoreError   nor can the pictures be kept

Messages are made in `bot.ui.messages` from the attributes; `str(error)` is for the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from bot.domain.setup_problems import SetupProblem

if TYPE_CHECKING:
    from bot.domain.requests.request import Refusal


class EaselError(Exception):
    """Anything that Easel itself raises."""


class RefusedError(EaselError):
    """A draft that the model would refuse, with every problem at once."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("; ".join(f"{v.field}: {v.kind}" for v in refusal.violations))
        self.refusal = refusal


class Denial(StrEnum):
    """Why the gate says no."""

    DIRECT_MESSAGE = "direct_message"
    SERVER_NOT_ALLOWED = "server_not_allowed"
    BOT = "bot"
    NO_MODEL = "no_model"
    SHUTTING_DOWN = "shutting_down"
    CANNOT_POST = "cannot_post"
    TIMED_OUT = "timed_out"
    THREAD_LOCKED = "thread_locked"
    MAY_NOT_SEND = "may_not_send"
    MAY_NOT_ATTACH = "may_not_attach"
    AGE_RESTRICTED = "age_restricted"
    NOT_A_MEMBER = "not_a_member"
    PICTURE_GONE = "picture_gone"
    PICTURES_NOT_KEPT = "pictures_not_kept"
    PROMPT_DELETED = "prompt_deleted"
    PROMPT_HIDDEN = "prompt_hidden"
    NO_RESULT_HERE = "no_result_here"
    NO_SUCH_RESULT = "no_such_result"
    NO_PICTURES = "no_pictures"
    NO_ROOM = "no_room"
    PROVIDER_PAUSED = "provider_paused"
    TOO_MANY_WAITING = "too_many_waiting"
    BLOCKED = "blocked"
    PAUSED = "paused"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    NEWCOMER = "newcomer"
    COOLDOWN = "cooldown"
    CHANNEL_COOLDOWN = "channel_cooldown"
    REFUSED_TOO_OFTEN = "refused_too_often"
    NO_ALLOWANCE = "no_allowance"
    NOT_YOUR_PICTURE = "not_your_picture"
    NOT_YOUR_AVATAR = "not_your_avatar"
    RESULTS_ONLY = "results_only"
    OWNER_CANNOT_AGREE = "owner_cannot_agree"
    OWNER_LEFT = "owner_left"
    SEVERAL_OWNERS = "several_owners"
    CONSENTS_WAITING = "consents_waiting"
    CONSENT_ASKED = "consent_asked"
    CONSENT_OVER = "consent_over"
    NOT_STAFF = "not_staff"
    JUDGED = "judged"
    UNJUDGED = "unjudged"
    COMPARISONS_OFF = "comparisons_off"
    COMPARISON_OVER = "comparison_over"
    MODEL_HIDDEN = "model_hidden"


class AccessError(EaselError):
    """The gate refused the request before it was looked at."""

    def __init__(self, denial: Denial, **values: object) -> None:
        super().__init__(denial.value)
        self.denial = denial
        self.values: Mapping[str, object] = values


class ConsentAskedError(AccessError):
    """Nothing is refused: the request waits until the owner of a picture agrees."""

    def __init__(self, owner_id: int) -> None:
        super().__init__(Denial.CONSENT_ASKED, owner=owner_id)
        self.owner_id = owner_id


class Objection(StrEnum):
    """Why a decision of staff has no effect."""

    GRANT_BEYOND_BUDGET = "grant_beyond_budget"
    GRANT_UNKNOWN = "grant_unknown"
    GRANT_OVER = "grant_over"
    BOT_MEMBER = "bot_member"
    BLOCK_YOURSELF = "block_yourself"
    UNBLOCK_YOURSELF = "unblock_yourself"
    BLOCK_OWNER = "block_owner"
    BLOCK_STAFF = "block_staff"
    MEMBER_FORGOTTEN = "member_forgotten"
    BLOCKED_BY_OPERATOR = "blocked_by_operator"
    REASON_NEEDED = "reason_needed"
    JOB_UNKNOWN = "job_unknown"
    JOB_ENDED = "job_ended"
    PICTURE_UNKNOWN = "picture_unknown"
    PICTURE_PRIVATE = "picture_private"
    PICTURE_REMOVED = "picture_removed"
    PICTURE_HIDDEN = "picture_hidden"
    REVIEW_OVER = "review_over"
    REVIEW_YOURSELF = "review_yourself"
    REVIEW_MEMBER_LEFT = "review_member_left"


class StaffError(EaselError):
    """A decision of staff that cannot be; `values` hold the numbers for the sentence."""

    def __init__(self, objection: Objection, **values: object) -> None:
        super().__init__(f"{objection} {values}" if values else objection.value)
        self.objection = objection
        self.values: Mapping[str, object] = values


class LimitProblem(StrEnum):
    """Why a limit cannot be set or cleared like that."""

    NEITHER = "neither"  # credits nor unlimited
    BOTH = "both"
    ABOVE_CEILING = "above_ceiling"  # most, window, shared: the operator's ceiling
    ABOVE_BUDGET = "above_budget"  # most, window, shared: what all members share
    UNLIMITED = "unlimited"  # shared: what all members share
    ONE_AT_A_TIME = "one_at_a_time"  # a member or a role
    NOT_A_ROLE = "not_a_role"
    NOT_A_MEMBER = "not_a_member"
    A_BOT = "a_bot"
    NO_SUCH_RULE = "no_such_rule"


class LimitError(EaselError):
    """Somebody of the staff asked for a limit that cannot be; nothing was changed."""

    def __init__(self, problem: LimitProblem, **values: object) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.values: Mapping[str, object] = values


class QuotaScope(StrEnum):
    """Whose limit was met first."""

    MEMBER = "member"
    BUDGET = "budget"
    CEILING = "ceiling"
    GLOBAL = "global"
    MONEY = "money"


class QuotaError(EaselError):
    """Not enough credits; `renews_at` is UTC seconds, None when no window will help.

    `limit` is all that the window ever has, None where that is not said.
    `fits` pictures of the same request would be let through now, 0: none. Then `cheaper` names
    the options (`size`, `quality`) of which another value would be.
    """

    def __init__(
        self,
        scope: QuotaScope,
        *,
        needed: int,
        left: int,
        window: str,
        renews_at: int | None,
        limit: int | None = None,
        fits: int = 0,
        cheaper: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{scope}: {needed} needed, {left} left in this {window}")
        self.scope = scope
        self.needed = needed
        self.left = left
        self.window = window
        self.renews_at = renews_at
        self.limit = limit
        self.fits = fits
        self.cheaper = cheaper

    def with_way_out(self, fits: int, cheaper: tuple[str, ...]) -> QuotaError:
        """Return the same refusal with what would be let through."""
        return QuotaError(
            self.scope,
            needed=self.needed,
            left=self.left,
            window=self.window,
            renews_at=self.renews_at,
            limit=self.limit,
            fits=fits,
            cheaper=cheaper,
        )

    def of_all(self, needed: int, held: int) -> QuotaError:
        """Return the refusal of several requests together, some of which were let through.

        `needed` are the credits of all, `held` those of the ones before. Money is not added up.
        """
        if self.scope is QuotaScope.MONEY:
            return self
        return QuotaError(
            self.scope,
            needed=needed,
            left=self.left + held,
            window=self.window,
            renews_at=self.renews_at,
            limit=self.limit,
        )


class PictureProblem(StrEnum):
    """Why a reference picture, a mask or a result could not be used."""

    NOT_A_PICTURE = "not_a_picture"  # none of the formats that are known
    BROKEN = "broken"  # truncated, damaged, or a variant the decoder does not know
    TOO_MANY_PIXELS = "too_many_pixels"  # limit: pixels
    TOO_MANY_BYTES = "too_many_bytes"  # limit: bytes
    TOO_SMALL = "too_small"  # limit: each side must be longer than this many pixels
    CANNOT_FIT = "cannot_fit"  # limit: bytes that no quality and no size would meet
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"  # the worker died over it
    MASK_SHAPE = "mask_shape"  # another ratio than the picture it belongs to
    MASK_KIND = "mask_kind"  # neither transparent anywhere nor black and white
    MASK_EMPTY = "mask_empty"  # marks nothing that may change
    UNREACHABLE = "unreachable"
    SLOW_DOWNLOAD = "slow_download"  # limit: seconds
    FORBIDDEN_ADDRESS = "forbidden_address"


class PictureError(EaselError):
    """A picture that cannot be used.

    `values` hold the numbers for the sentence: width and height in pixels, a `limit` in the unit
    that the problem names. `detail` is technical and for the log only.
    """

    def __init__(self, problem: PictureProblem, detail: str = "", **values: object) -> None:
        text = f"{problem}: {detail}" if detail else problem.value
        super().__init__(f"{text} {values}" if values else text)
        self.problem = problem
        self.detail = detail
        self.values: Mapping[str, object] = values

    def __reduce__(self) -> tuple[partial[PictureError], tuple[()]]:
        # It comes out of the picture workers, which are other processes.
        return partial(type(self), self.problem, self.detail, **self.values), ()


class ErrorClass(StrEnum):
    """What an image service's failure means (docs/spec/image-apis.md section 11)."""

    PROMPT_REFUSED = "prompt_refused"
    REFERENCE_REFUSED = "reference_refused"
    RESULT_WITHHELD = "result_withheld"
    BAD_SIZE = "bad_size"
    BAD_REFERENCE = "bad_reference"
    BAD_OPTION = "bad_option"
    TOO_LARGE = "too_large"
    AUTH = "auth"
    CREDIT = "credit"
    NOT_ALLOWED = "not_allowed"
    NO_SUCH_MODEL = "no_such_model"
    RATE = "rate"
    NO_CHANNEL = "no_channel"
    SERVER = "server"
    BAD_RESPONSE = "bad_response"
    NO_IMAGE = "no_image"
    UNREACHABLE = "unreachable"
    UNKNOWN_OUTCOME = "unknown_outcome"


# The code of a service that answers with a task to ask for later.
ASYNCHRONOUS = "asynchronous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed call or picture: its class, and the service's own words for the log.

    `sent` is False when the request surely never reached the service. `retry_after` is the
    service's own value in seconds, `should_retry` its explicit answer about repeating.
    """

    error_class: ErrorClass
    code: str = ""
    message: str = ""
    http_status: int | None = None
    request_id: str | None = None
    sent: bool = True
    retry_after: float | None = None
    should_retry: bool | None = None


class ProviderError(EaselError):
    """An image service refused or failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(
            f"{failure.error_class} ({failure.http_status}, {failure.code}): {failure.message}"
        )
        self.failure = failure


class DeliveryError(EaselError):
    """Discord refused a post for good: `code` is Discord's JSON error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class SetupError(EaselError):
    """Something only the operator can fix; the problem's sentence names the remedy."""

    def __init__(self, problem: SetupProblem, **values: object) -> None:
        super().__init__(problem.filled(values))
        self.problem = problem
        self.values: Mapping[str, object] = values

    def __reduce__(self) -> tuple[partial[SetupError], tuple[()]]:
        # A database is migrated in another process.
        return partial(type(self), self.problem, **self.values), ()


class StorageError(SetupError):
    """The database cannot be used at the moment; nothing of what was attempted is true."""


class PictureStoreError(StorageError):
    """The store of the pictures cannot be used at the moment: away, or it refuses us."""


class SupersededError(Exception):
    """Another process owns the job by now: leave everything as it is."""
