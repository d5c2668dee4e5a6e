"""Why a picture was lost is said in Details and on the command line, never left out."""

from __future__ import annotations

from bot.domain.errors import ErrorClass, Failure, PictureError, PictureProblem, ProviderError
from bot.domain.job import Picture, PictureState
from bot.providers.http.download import DownloadProblem
from bot.services.jobs.result_picture import why_lost
from bot.ui import terminal
from bot.ui.cards.details import _missing
from bot.ui.messages import results
from bot.ui.messages.requests import outcomes


def lost(code: str, state: PictureState = PictureState.FAILED) -> Picture:
    return Picture(job_id="j", position=0, call_seq=0, state=state, error_code=code)


def test_every_reason_of_a_download_has_a_sentence() -> None:
    for problem in DownloadProblem:
        failure = Failure(
            error_class=ErrorClass.NO_IMAGE,
            code=f"result_{problem}",
            http_status=404 if problem is DownloadProblem.STATUS else None,
            message="cdn.example.org",
        )
        code = why_lost(ProviderError(failure))
        sentence = outcomes.lost_picture(code)
        assert sentence is not None, code
        assert sentence in terminal.failure(failure)
        assert "cdn.example.org" in terminal.failure(failure)
    for picture_problem in (PictureProblem.BROKEN, PictureProblem.NOT_A_PICTURE):
        assert outcomes.lost_picture(why_lost(PictureError(picture_problem))) is not None


def test_the_status_of_the_server_is_named() -> None:
    failure = Failure(error_class=ErrorClass.NO_IMAGE, code="result_status", http_status=404)
    assert why_lost(ProviderError(failure)) == "result_status_404"
    assert "answered 404" in terminal.failure(failure)
    assert "answered 404" in "".join(_missing([lost("result_status_404")]))


def test_an_operator_hears_which_setting_allows_another_server() -> None:
    failure = Failure(error_class=ErrorClass.NO_IMAGE, code="result_forbidden_address")
    assert "providers.NAME.result_origins" in terminal.failure(failure)


def test_details_name_each_reason_once() -> None:
    (text,) = _missing(
        [
            lost("result_broken"),
            lost("result_broken"),
            lost("x", PictureState.WITHHELD),
            lost("something_new"),
        ]
    )
    lines = text.splitlines()
    assert lines[0] == str(results.PICTURES_MISSING)
    assert len(lines) == 4
    assert "damaged" in lines[1]
    assert "safety filter" in lines[2]
    assert list(_missing([])) == []
