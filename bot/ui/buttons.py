"""The custom ids of persistent buttons: opaque job ids that grant nothing by themselves.

One template per kind of button; the classes in `cogs` answer the presses.
"""

from __future__ import annotations

import re

_JOB = r"(?P<job>[0-9A-HJKMNP-TV-Z]{13})"

_DRAFT = r"(?P<draft>[0-9A-HJKMNP-TV-Z]{13})"
_NUMBER = r"(?P<number>[1-9][0-9]?)"
# Below 9e18, so that every database takes what somebody made up; Discord comes there in 2083.
_ID = r"[0-8]?[0-9]{1,18}"

# On tickets and on word of a failure.
CANCEL = re.compile(rf"e1:cancel:{_JOB}")
REFRESH = re.compile(rf"e1:refresh:{_JOB}")
WHY = re.compile(rf"e1:why:{_JOB}")
RETRY = re.compile(rf"e1:retry:{_JOB}")
REPHRASE = re.compile(rf"e1:rephrase:{_JOB}")
# On results.
EDIT = re.compile(rf"e1:edit:{_JOB}")
AGAIN = re.compile(rf"e1:again:{_JOB}")
DETAILS = re.compile(rf"e1:details:{_JOB}")
REMOVE = re.compile(rf"e1:remove:{_JOB}")
REMOVE_SURE = re.compile(rf"e1:gone:{_JOB}")
HIDE = re.compile(rf"e1:hide:{_JOB}")
# On the card of details.
USE = re.compile(rf"e1:use:{_JOB}:{_NUMBER}")
REPORT = re.compile(rf"e1:report:{_JOB}")
# A variation and how many: in the list of them on that card, then of which picture, then its price.
VARIATION = re.compile(
    r"(?P<what>vary|upscale|wider-(?:left|right|up|down|around)|background):(?P<count>[1-4])"
)
_VARIATION = r"(?P<variation>[a-z-]{1,20}:[1-4])"
VARIATIONS = re.compile(rf"e1:vary:{_JOB}")
VARIATION_PICK = re.compile(rf"s1:vary:{_JOB}:{_VARIATION}")
VARIATION_MAKE = re.compile(
    rf"e1:make:{_JOB}:{_NUMBER}:{_VARIATION}:(?P<credits>[0-9]{{1,6}}):i(?P<opened>{_ID})"
)
# On refusals, the basket, and the list of requests.
FIX = re.compile(rf"d1:fix:{_DRAFT}")
REPHRASE_REFUSED = re.compile(rf"d1:rephrase:{_DRAFT}")
FEWER = re.compile(rf"d1:fewer:{_DRAFT}")
USE_MODEL = re.compile(rf"d1:model:{_DRAFT}")
WHY_REFUSED = re.compile(rf"d1:why:{_DRAFT}")
PICK = re.compile(rf"s1:pick:(?P<message>{_ID})")
EDIT_PICK = re.compile(rf"s1:edit:(?P<message>{_ID})")
KEPT_PICK = re.compile(rf"d1:pick:{_DRAFT}")
ORIGIN_PICK = re.compile(rf"d1:origin:{_DRAFT}")
CLEAR_ID = "u1:clear"
CLEAR = re.compile(CLEAR_ID)
SHOW = re.compile(rf"e1:show:{_JOB}")
SHARE = re.compile(rf"e1:share:{_JOB}")
DISCARD = re.compile(rf"e1:discard:{_JOB}")
# The page of /jobs that a choice was made on or that is to be shown: where it begins, its search.
_PAGE_OF_JOBS = r"(?P<before>[0-9A-HJKMNP-TV-Z]{13})?:(?P<search>.{0,32})"
SEARCH_CHARACTERS = 32
CHOOSE = re.compile(rf"s1:jobs(?::{_PAGE_OF_JOBS})?", re.DOTALL)
JOBS_PAGE = re.compile(rf"s1:page:{_PAGE_OF_JOBS}", re.DOTALL)
FIND_ID = "s1:find"
FIND = re.compile(FIND_ID)
PROMPT = re.compile(rf"e1:prompt:{_JOB}")
# Favourites: in Details, and on the pages of /favourites, which begin behind a time and a result.
STAR = re.compile(rf"e1:star:{_JOB}")
UNSTAR = re.compile(rf"e1:unstar:{_JOB}")
_FAVOURITES = r"(?P<before>(?:[0-9]{1,12}\.[0-9A-HJKMNP-TV-Z]{13})?)"
FAVOURITES_PAGE = re.compile(rf"s1:favourites:{_FAVOURITES}(?::n)?")
FAVOURITE = re.compile(rf"s1:favourite:{_FAVOURITES}")
FAVOURITE_DROP = re.compile(rf"s1:drop:{_JOB}:{_FAVOURITES}")
# On what staff changed: an entry of the record, and its time, for a number may be given again
# after a copy was restored or a server's data were erased. Older buttons have no time.
UNDO = re.compile(r"a1:undo:(?P<entry>[0-9]{1,18})(?::(?P<at>[0-9]{1,12}))?")
# For moderators: pages of the queue and of the history, a request in the queue, a report.
_PAGE = r"(?P<page>[0-9]{1,4})"
_USER = rf"(?P<user>{_ID})"
QUEUE_PAGE = re.compile(rf"m1:queue:{_PAGE}")
QUEUE_DROP = re.compile(rf"m1:drop:{_PAGE}:{_JOB}")
HISTORY_PAGE = re.compile(
    rf"m1:history:(?P<before>{_ID}):(?P<about>{_ID}):(?P<actor>{_ID})(?P<newest>:n)?"
)
REPORT_REMOVE = re.compile(rf"m1:remove:{_JOB}")
REPORT_HIDE = re.compile(rf"m1:hide:{_JOB}")
REPORT_BLOCK = re.compile(rf"m1:block:{_JOB}")
REPORT_DISMISS = re.compile(rf"m1:dismiss:{_JOB}")
REVIEW_APPROVE = re.compile(rf"m1:approve:{_JOB}")
REVIEW_REFUSE = re.compile(rf"m1:refuse:{_JOB}")
# About a member: on the card of their quota, and where they ask for more.
MEMBER_GRANT = re.compile(rf"u1:grant:{_USER}")
MEMBER_GIVE = re.compile(rf"u1:give:{_USER}")
MEMBER_RESET = re.compile(rf"u1:reset:{_USER}")
MEMBER_BLOCK = re.compile(rf"u1:block:{_USER}")
MEMBER_UNBLOCK = re.compile(rf"u1:unblock:{_USER}")
MEMBER_SEEN = re.compile(rf"u1:seen:{_USER}")
MORE_ID = "u1:more"
MORE = re.compile(MORE_ID)
# On the card of /privacy: each is about the member who presses.
EXPORT_ID = "u1:export"
EXPORT = re.compile(EXPORT_ID)
OTHERS = re.compile(r"u1:others:(?P<choice>open|closed)")
GALLERIES = re.compile(r"u1:galleries:(?P<choice>open|closed)")
FORGET_ID = "u1:forget"
FORGET = re.compile(FORGET_ID)
FORGET_SURE = re.compile(r"u1:forget:(?P<what>data|all)")
# On styles: a list that begins at one, and a style; on the details of a result.
_STYLE = r"(?P<style>[0-9A-HJKMNP-TV-Z]{13})"
STYLE_LIST = re.compile(r"y1:list:(?P<first>[0-9]{1,3})")
STYLE_USE = re.compile(rf"y1:use:{_STYLE}")
STYLE_SHARE = re.compile(rf"y1:share:{_STYLE}")
STYLE_DELETE = re.compile(rf"y1:delete:{_STYLE}")
STYLE_SAVE = re.compile(rf"e1:style:{_JOB}")
# On the card of /settings: about the member who chooses.
DEFAULT = re.compile(r"u1:default:(?P<name>[a-z]{1,20})")
# On the card for the owner of a picture that somebody wants to change.
CONSENT = re.compile(r"c1:(?P<what>allow|refuse|prompt):(?P<consent>[0-9A-HJKMNP-TV-Z]{13})")
# On comparisons: their price before they are made, then their message.
_COMPARISON = r"(?P<comparison>[0-9A-HJKMNP-TV-Z]{13})"
COMPARE = re.compile(rf"d1:compare:{_DRAFT}:(?P<credits>[0-9]{{1,6}})")
VOTE = re.compile(rf"v1:vote:{_COMPARISON}")
VOTE_END = re.compile(rf"v1:end:{_COMPARISON}")
COMPARED = re.compile(rf"v1:details:{_COMPARISON}")
# On the panel of a server's settings: pages, choices, and the way back.
_KEY = r"(?P<key>[a-z_]{1,40})"
SETUP_ID = "s1:setup"
# One list holds 25: each topic has its own, and so has what is allowed or denied by name.
SETUP_PAGES_ID = f"{SETUP_ID}:pages"
SETUP = re.compile(rf"{SETUP_ID}(?::[a-z]{{1,20}})?")
SETUP_SET = re.compile(rf"s1:set:{_KEY}")
SETUP_NONE = re.compile(rf"s1:none:{_KEY}")
SETUP_CLEAR = re.compile(rf"s1:clear:{_KEY}")
SETUP_WRITE = re.compile(rf"s1:write:{_KEY}")
SETUP_BACK_ID = "s1:back"
SETUP_BACK = re.compile(SETUP_BACK_ID)

TEMPLATES = (
    CANCEL,
    REFRESH,
    WHY,
    RETRY,
    REPHRASE,
    EDIT,
    AGAIN,
    DETAILS,
    REMOVE,
    REMOVE_SURE,
    HIDE,
    USE,
    REPORT,
    VARIATIONS,
    VARIATION_PICK,
    VARIATION_MAKE,
    FIX,
    REPHRASE_REFUSED,
    FEWER,
    USE_MODEL,
    WHY_REFUSED,
    PICK,
    EDIT_PICK,
    KEPT_PICK,
    ORIGIN_PICK,
    CLEAR,
    SHOW,
    SHARE,
    DISCARD,
    CHOOSE,
    JOBS_PAGE,
    FIND,
    PROMPT,
    STAR,
    UNSTAR,
    FAVOURITES_PAGE,
    FAVOURITE,
    FAVOURITE_DROP,
    UNDO,
    SETUP,
    SETUP_SET,
    SETUP_NONE,
    SETUP_CLEAR,
    SETUP_WRITE,
    SETUP_BACK,
    QUEUE_PAGE,
    QUEUE_DROP,
    HISTORY_PAGE,
    REPORT_REMOVE,
    REPORT_HIDE,
    REPORT_BLOCK,
    REPORT_DISMISS,
    REVIEW_APPROVE,
    REVIEW_REFUSE,
    MEMBER_GRANT,
    MEMBER_GIVE,
    MEMBER_RESET,
    MEMBER_BLOCK,
    MEMBER_UNBLOCK,
    MEMBER_SEEN,
    MORE,
    EXPORT,
    OTHERS,
    GALLERIES,
    FORGET,
    FORGET_SURE,
    STYLE_LIST,
    STYLE_USE,
    STYLE_SHARE,
    STYLE_DELETE,
    STYLE_SAVE,
    DEFAULT,
    CONSENT,
    COMPARE,
    VOTE,
    VOTE_END,
    COMPARED,
)

# Forms. `opened` is the interaction that opened it: a form sent twice is one request.
EDIT_FORM = re.compile(rf"e1:edit:(?P<channel>{_ID}):(?P<message>{_ID})(?::i(?P<opened>{_ID}))?")
KEPT_FORM = re.compile(rf"d1:edit:{_DRAFT}(?::i(?P<opened>{_ID}))?")
FIX_FORM = re.compile(rf"d1:fix:{_DRAFT}")
REPHRASE_FORM = re.compile(rf"e1:rephrase:{_JOB}:i(?P<opened>{_ID})")
REPHRASE_REFUSED_FORM = re.compile(rf"d1:rephrase:{_DRAFT}:i(?P<opened>{_ID})")
BLEND_FORM = re.compile(rf"e1:blend:i(?P<opened>{_ID})")
REPORT_FORM = re.compile(rf"e1:report:(?P<channel>{_ID}):(?P<message>{_ID})")
FIND_FORM = re.compile(FIND_ID)
PROMPT_FORM = re.compile(rf"e1:prompt:{_JOB}:i(?P<opened>{_ID})")
STYLE_FORM = re.compile(rf"e1:style:{_JOB}:{_NUMBER}")
USE_STYLE_FORM = re.compile(rf"y1:use:{_STYLE}:i(?P<opened>{_ID})")
ZONE_FORM_ID = "s1:zone"
ZONE_FORM = re.compile(ZONE_FORM_ID)
PARTS_FORM_ID = "s1:parts"
PARTS_FORM = re.compile(PARTS_FORM_ID)


def style_list(first: int) -> str:
    """Return the custom id of a list of styles, by the place of its first one."""
    return f"y1:list:{first}"


def style_button(action: str, style_id: str) -> str:
    """Return the custom id of a button about a style."""
    return f"y1:{action}:{style_id}"


def default(name: str) -> str:
    """Return the custom id of the list for one of a member's own defaults."""
    return f"u1:default:{name}"


def style_form(job_id: str, number: int) -> str:
    """Return the custom id of the form that keeps a result as a style."""
    return f"e1:style:{job_id}:{number}"


def choose(before: str, search: str) -> str:
    """Return the custom id of the list of requests on a page of /jobs."""
    return f"s1:jobs:{before}:{search}"


def jobs_page(before: str, search: str) -> str:
    """Return the custom id that shows the requests before one, or the newest."""
    return f"s1:page:{before}:{search}"


def favourites_page(before: str, *, newest: bool = False) -> str:
    """Return the custom id that shows the favourites before one, or the newest.

    `newest` only keeps two buttons of one card apart.
    """
    return f"s1:favourites:{before}{':n' if newest else ''}"


def favourite(before: str) -> str:
    """Return the custom id of the list of favourites on a page."""
    return f"s1:favourite:{before}"


def favourite_drop(job_id: str, before: str) -> str:
    """Return the custom id that takes a result out of the favourites and shows the page anew."""
    return f"s1:drop:{job_id}:{before}"


def prompt_form(job_id: str, opened: int) -> str:
    """Return the custom id of the form that asks with the words of a request."""
    return f"e1:prompt:{job_id}:i{opened}"


def queue_page(page: int) -> str:
    """Return the custom id that shows a page of the queue, from 0."""
    return f"m1:queue:{page}"


def queue_drop(page: int, job_id: str) -> str:
    """Return the custom id that cancels a request and shows the page anew."""
    return f"m1:drop:{page}:{job_id}"


def history_page(before: int, about: int, actor_id: int, *, newest: bool = False) -> str:
    """Return the custom id that shows entries before one; 0 where nothing is meant.

    `newest` only keeps two buttons of one card apart.
    """
    return f"m1:history:{before}:{about}:{actor_id}{':n' if newest else ''}"


def report_button(action: str, job_id: str) -> str:
    """Return the custom id of a button below a report, or below a held result."""
    return f"m1:{action}:{job_id}"


def member_button(action: str, user_id: int) -> str:
    """Return the custom id of a button, or of a form, about a member."""
    return f"u1:{action}:{user_id}"


def job_button(action: str, job_id: str, number: int | None = None) -> str:
    """Return the custom id of a button about a job, or about one of its pictures."""
    return f"e1:{action}:{job_id}" if number is None else f"e1:{action}:{job_id}:{number}"


def others(choice: str) -> str:
    """Return the custom id of the choice whether others may edit a member's pictures."""
    return f"u1:others:{choice}"


def consent(what: str, consent_id: str) -> str:
    """Return the custom id of an answer to the question for a consent."""
    return f"c1:{what}:{consent_id}"


def compare(draft_id: str, credits: int) -> str:
    """Return the custom id of the button that makes a comparison, for its price."""
    return f"d1:compare:{draft_id}:{credits}"


def comparison(what: str, comparison_id: str) -> str:
    """Return the custom id of a list or button below a comparison."""
    return f"v1:{what}:{comparison_id}"


def galleries(choice: str) -> str:
    """Return the custom id of the choice whether galleries may show a member's results."""
    return f"u1:galleries:{choice}"


def forget_sure(what: str) -> str:
    """Return the custom id of the deletion of a member's data."""
    return f"u1:forget:{what}"


def draft_button(action: str, draft_id: str) -> str:
    """Return the custom id of a button or a form about a kept draft."""
    return f"d1:{action}:{draft_id}"


def opened_by(custom_id: str, interaction_id: int) -> str:
    """Return the custom id of the form that a press opens: a form sent twice is one request."""
    return f"{custom_id}:i{interaction_id}"


def setup_button(action: str, key: str) -> str:
    """Return the custom id of a control of the panel, about a setting or a page."""
    return f"s1:{action}:{key}"


def setup_topic(topic: str) -> str:
    """Return the custom id of the list of the settings of a topic."""
    return f"{SETUP_ID}:{topic}"


def undo_button(audit_id: int, at: int) -> str:
    """Return the custom id of the button that undoes an entry of the record, made `at`."""
    return f"a1:undo:{audit_id}:{at}"


def edit_form(channel_id: int, message_id: int, opened: int) -> str:
    """Return the custom id of the form that edits a message's pictures."""
    return f"e1:edit:{channel_id}:{message_id}:i{opened}"


def report_form(channel_id: int, message_id: int) -> str:
    """Return the custom id of the form that reports a message."""
    return f"e1:report:{channel_id}:{message_id}"


def pick(message_id: int) -> str:
    """Return the custom id of the choice of pictures for a member's message."""
    return f"s1:pick:{message_id}"


def edit_pick(message_id: int) -> str:
    """Return the custom id of the choice of pictures of a result, before the form to edit them."""
    return f"s1:edit:{message_id}"


def variation_pick(job_id: str, variation: str) -> str:
    """Return the custom id of the choice of which picture a variation is to be."""
    return f"s1:vary:{job_id}:{variation}"


def variation_make(job_id: str, variation: str, *, number: int, credits: int, opened: int) -> str:
    """Return the custom id of the button that makes a variation of a picture, for its price."""
    return f"e1:make:{job_id}:{number}:{variation}:{credits}:i{opened}"


def blend_form(opened: int) -> str:
    """Return the custom id of the form that blends pictures."""
    return f"e1:blend:i{opened}"
