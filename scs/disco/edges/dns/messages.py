"""Bytes of a query -> what it asks, or the error to answer it with. Knows no names and no registry."""

from __future__ import annotations

from dataclasses import dataclass

HEADER = 12
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 1, 2, 3, 4, 5, 16
NOERROR = 0
_QR, _OPCODE, RD = 0x8000, 0x7800, 0x0100
_OPT = 41
_MOST_RECORDS = 8  # beside the question; a query has one (EDNS), seldom two
PLAIN = 512  # what fits into a UDP answer without EDNS
EDNS = 1232  # what passes everywhere without being cut into fragments


class Malformed(Exception):
    """No DNS message, or one that cannot be a query."""


@dataclass(frozen=True, slots=True)
class Query:
    """`question` is as it was sent: the letters' case is part of the answer. `labels` are in lower case."""

    id: bytes
    flags: int
    question: bytes
    labels: tuple[bytes, ...]
    type: int
    class_: int
    size: int | None  # what the asker takes over UDP, by EDNS; None without it
    version: int = 0  # of EDNS


@dataclass(frozen=True, slots=True)
class Bad:
    """Answered with this code, whatever was asked."""

    id: bytes
    flags: int
    code: int


def parse(data: bytes) -> Query | Bad | None:
    """None: not worth an answer (an answer itself, or too short to say whom to answer)."""
    if len(data) < HEADER:
        return None
    flags = int.from_bytes(data[2:4])
    if flags & _QR:
        return None
    if flags & _OPCODE:
        return Bad(data[:2], flags, NOTIMP)
    try:
        return _query(data, flags)
    except Malformed:
        return Bad(data[:2], flags, FORMERR)


def _query(data: bytes, flags: int) -> Query:
    questions, answers, authorities, others = (int.from_bytes(data[at : at + 2]) for at in (4, 6, 8, 10))
    if questions != 1 or answers or authorities or others > _MOST_RECORDS:
        raise Malformed
    labels, at = _labels(data)
    end = at + 4
    if end > len(data):
        raise Malformed
    size, version = _edns(data, end, others)
    kind, class_ = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : end])
    return Query(data[:2], flags, data[HEADER:end], labels, kind, class_, size, version)


def _labels(data: bytes) -> tuple[tuple[bytes, ...], int]:
    """The question's name, which nothing can be before: a pointer in it leads nowhere."""
    found: list[bytes] = []
    at = HEADER
    while at < len(data):
        length = data[at]
        if length == 0:
            return tuple(found), at + 1
        if length > 63 or at + 1 + length - HEADER > 254:
            break
        found.append(data[at + 1 : at + 1 + length].lower())
        at += 1 + length
    raise Malformed


def _edns(data: bytes, at: int, others: int) -> tuple[int | None, int]:
    size: int | None = None
    version = 0
    for _ in range(others):
        root = data[at : at + 1] == b"\0"
        at = _skip_name(data, at)
        fixed = data[at : at + 10]
        if len(fixed) < 10:
            raise Malformed
        if int.from_bytes(fixed[:2]) == _OPT:
            if size is not None or not root:
                raise Malformed
            size, version = int.from_bytes(fixed[2:4]), fixed[5]
        at += 10 + int.from_bytes(fixed[8:])
        if at > len(data):
            raise Malformed
    return size, version


def _skip_name(data: bytes, at: int) -> int:
    while at < len(data):
        length = data[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2
        if length > 63:
            break
        at += 1 + length
    raise Malformed
