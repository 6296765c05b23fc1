from __future__ import annotations

import http.client

import pytest
import requests
from docker.errors import APIError, InvalidConfigFile

from scs.adapters.docker import faults
from scs.adapters.docker.faults import Doing
from scs.adapters.docker.listing import GarbledError
from scs.adapters.docker.lists import OverdueError
from scs.contract import errors

HERE = "unix:///e"
START = Doing(what="start container web", seconds=120)
LIST = Doing(what="list containers", reads=True, seconds=15)


def refusal(status: int, words: str) -> APIError:
    response = requests.Response()
    response.status_code = status
    return APIError("", response=response, explanation=words)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OverdueError(), "the engine at unix:///e did not answer within 15 s"),
        (requests.ConnectionError("x"), "the engine at unix:///e broke off its answer"),
        (http.client.IncompleteRead(b""), "the engine at unix:///e broke off its answer"),
        (ConnectionResetError(), "the engine at unix:///e broke off its answer"),
        (GarbledError("x"), "what answers at unix:///e does not speak like a Docker Engine"),
        (KeyError("message"), "what answers at unix:///e does not speak like a Docker Engine"),
    ],
)
def test_a_read_without_answer_may_be_tried_again(error: Exception, why: str) -> None:
    found = faults.classify(error, LIST, HERE)
    assert type(found) is errors.Retry
    assert found.why == f"cannot list containers: {why}; see its log ('journalctl -u docker')"


@pytest.mark.parametrize("error", [requests.ConnectionError("x"), TimeoutError(), GarbledError("x")])
def test_a_change_without_answer_is_uncertain(error: Exception) -> None:
    assert type(faults.classify(error, START, HERE)) is errors.Uncertain


def test_an_overdue_change_says_that_nobody_knows() -> None:
    assert faults.classify(OverdueError(), START, HERE).why == (
        "the engine at unix:///e did not answer within 120 s while it was to start container web: "
        "it may have happened or not"
    )


def test_a_known_refusal_is_told_in_plain_words_with_the_engine_s_own_as_detail() -> None:
    found = faults.classify(refusal(404, "network n1 not found"), START, HERE)
    assert type(found) is errors.Failure
    assert found.why == "cannot start container web: its network n1 is gone"
    assert found.detail == "network n1 not found"


def test_an_unknown_refusal_is_told_in_the_engine_s_words_made_harmless() -> None:
    found = faults.classify(refusal(500, "odd \x1b[2J\nthing"), START, HERE)
    assert type(found) is errors.Failure
    assert found.why == "cannot start container web: the engine says: odd \\x1b[2J thing"


def test_a_refusal_without_words_is_told_by_its_status() -> None:
    assert (
        faults.classify(refusal(418, ""), START, HERE).why == "cannot start container web: the engine says: status 418"
    )


def test_long_words_are_cut() -> None:
    assert len(faults.classify(refusal(500, "x" * 10_000), START, HERE).why) < 600


def test_what_decides_may_stand_behind_where_words_are_cut() -> None:
    found = faults.classify(refusal(500, f"{'x ' * 5_000}no space left on device"), START, HERE)
    assert found.why.startswith("cannot start container web: there is no space left on the engine's disk")
    assert len(found.detail) < 600
    too_old = f"{'x ' * 5_000}client version 1.41 is too old. Minimum supported API version is 1.44"
    assert faults.oldest_version(refusal(400, too_old)) == "1.44"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_refusal_that_passes_is_tried_again(status: int) -> None:
    assert type(faults.classify(refusal(status, "busy"), START, HERE)) is errors.Retry


def test_a_read_that_an_engine_s_fault_ended_is_tried_again() -> None:
    assert type(faults.classify(refusal(500, "odd"), LIST, HERE)) is errors.Retry
    assert type(faults.classify(refusal(400, "odd"), LIST, HERE)) is errors.Failure


def test_an_engine_that_is_too_old_is_told_so() -> None:
    words = "client version 1.41 is too new. Maximum supported API version is 1.40"
    assert faults.classify(refusal(400, words), LIST, HERE).why == (
        "the engine at unix:///e is too old (API 1.40): scs needs Docker Engine 20.10 or newer"
    )


def test_an_engine_that_is_too_new_says_what_it_wants() -> None:
    words = "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client"
    assert faults.oldest_version(refusal(400, words)) == "1.44"
    assert faults.oldest_version(refusal(400, "odd")) == ""


def test_settings_of_the_user_that_the_sdk_cannot_read_are_a_failure() -> None:
    found = faults.classify(InvalidConfigFile("Invalid auth configuration file"), LIST, HERE)
    assert type(found) is errors.Failure
    assert found.why == "cannot list containers: Invalid auth configuration file"


def test_an_error_of_the_contract_stays_what_it_is() -> None:
    error = errors.Failure("x")
    assert faults.classify(error, START, HERE) is error


def test_a_mistake_of_the_program_is_not_hidden() -> None:
    with pytest.raises(MemoryError):
        faults.classify(MemoryError(), START, HERE)
