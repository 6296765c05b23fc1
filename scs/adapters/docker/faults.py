"""Whatever a call of the SDK raised, as one of the contract's errors; looks at nothing but the exception."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException

import requests
import urllib3.exceptions
from docker.errors import APIError, DockerException

from scs.adapters.docker import foreign, replies
from scs.adapters.docker.listing import GarbledError
from scs.adapters.docker.lists import OverdueError
from scs.contract import errors

CUT = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
GARBLED = (GarbledError, ValueError, KeyError, TypeError, AttributeError, RuntimeError)
"""The SDK trusts what it is told: an error without its `message` ends there as a KeyError or TypeError."""
PASSING = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
TOO_OLD = re.compile(r"client version \S+ is too old\. Minimum supported API version is (\d+\.\d+)")
TOO_NEW = re.compile(r"client version \S+ is too new\. Maximum supported API version is (\d+\.\d+)")
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a call is for, as it follows `cannot …`; `reads` when it changes nothing; its limit in seconds."""

    what: str
    reads: bool = False
    seconds: float = 60.0


def classify(error: Exception, doing: Doing, address: str) -> errors.EffectError:
    """Reads may be tried again; of a change that got no answer nobody knows whether it happened."""
    if isinstance(error, errors.EffectError):
        return error
    if isinstance(error, APIError):
        return _refused(error, doing, address)
    if isinstance(error, OverdueError):
        return _lost(doing, f"the engine at {address} did not answer within {doing.seconds:.0f} s")
    if isinstance(error, GARBLED):
        return _lost(doing, f"what answers at {address} does not speak like a Docker Engine")
    if isinstance(error, CUT):
        return _lost(doing, f"the engine at {address} broke off its answer")
    if isinstance(error, DockerException):
        return errors.Failure(f"cannot {doing.what}: {short(str(error))}")
    raise error


def status(error: Exception) -> int:
    """The HTTP status of a refusal, 0 for anything else."""
    return (error.status_code or 0) if isinstance(error, APIError) else 0


def words(error: Exception) -> str:
    """The engine's own words in a refusal, in one line."""
    return foreign.line(str(error.explanation or "")) if isinstance(error, APIError) else ""


def oldest_version(error: Exception) -> str:
    """The API version that the engine asks for when it refuses an older one; empty for any other error."""
    found = TOO_OLD.search(words(error))
    return found[1] if found else ""


def _refused(error: APIError, doing: Doing, address: str) -> errors.EffectError:
    said = words(error)
    too_new = TOO_NEW.search(said)
    if too_new:
        return errors.Failure(
            f"the engine at {address} is too old (API {too_new[1]}): scs needs Docker Engine 20.10 or newer"
        )
    known = replies.meaning(said)
    if known is not None:
        return known.kind(f"cannot {doing.what}: {known.says}", detail=short(said))
    shown = f"the engine says: {short(said) or f'status {status(error)}'}"
    passing = status(error) in PASSING or (doing.reads and status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR)
    if passing:
        return errors.Retry(f"cannot {doing.what}: {shown}")
    return errors.Failure(f"cannot {doing.what}: {shown}")


def _lost(doing: Doing, why: str) -> errors.EffectError:
    if doing.reads:
        return errors.Retry(f"cannot {doing.what}: {why}; see its log ('journalctl -u docker')")
    return errors.Uncertain(f"{why} while it was to {doing.what}: it may have happened or not")


def short(said: str) -> str:
    """Words from outside in one line that is not too long, to be shown."""
    shown = foreign.line(said)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
