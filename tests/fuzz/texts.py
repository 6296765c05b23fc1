"""Spoils texts: as bytes, and as lines of YAML; knows nothing of what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz import corpus, traps

_VALUE = re.compile(rb"(?<=: )[^\n#]+")


def spoiled_bytes(text: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 1, 1, 1, 2, 6))):
        text = random.choice(_ON_BYTES)(text, random)
    return text


def spoiled_lines(text: bytes, random: Random) -> bytes:
    lines = text.split(b"\n")
    for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
        random.choice(_ON_LINES)(lines or [b""], random)
    ends = random.choice((b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\r"))
    return ends.join(lines)


def _span(text: bytes, random: Random, longest: int = 40) -> tuple[int, int]:
    start = random.randrange(len(text) + 1)
    return start, min(len(text), start + random.randint(1, longest))


def _flip(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text)) if text else 0
    return text[:at] + bytes([text[at] ^ (1 << random.randrange(8))]) + text[at + 1 :] if text else text


def _delete(text: bytes, random: Random) -> bytes:
    start, end = _span(text, random)
    return text[:start] + text[end:]


def _insert(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(traps.BYTES) * random.choice((1, 1, 1, 2, 50)) + text[at:]


def _noise(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.randbytes(random.randint(1, 8)) + text[at:]


def _twice(text: bytes, random: Random) -> bytes:
    start, end = _span(text, random)
    return text[:end] + text[start:end] + text[end:]


def _swap(text: bytes, random: Random) -> bytes:
    at, then, until = sorted(random.randrange(len(text) + 1) for _ in range(3))
    return text[:at] + text[then:until] + text[at:then] + text[until:]


def _splice(text: bytes, random: Random) -> bytes:
    other = random.choice(corpus.bases()).text
    start, end = _span(other, random, 200)
    at = random.randrange(len(text) + 1)
    return text[:at] + other[start:end] + text[at:]


def _cut(text: bytes, random: Random) -> bytes:
    return text[: random.randrange(len(text) + 1)]


_ON_BYTES: Sequence[Callable[[bytes, Random], bytes]] = (
    _flip,
    _delete,
    _insert,
    _insert,
    _noise,
    _twice,
    _swap,
    _splice,
    _cut,
)


def _again(lines: list[bytes], random: Random) -> None:
    lines.insert(random.randrange(len(lines) + 1), random.choice(lines))


def _without(lines: list[bytes], random: Random) -> None:
    del lines[random.randrange(len(lines))]


def _exchanged(lines: list[bytes], random: Random) -> None:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _shifted(lines: list[bytes], random: Random) -> None:
    at = random.randrange(len(lines))
    bare = lines[at].lstrip()
    lines[at] = random.choice((bare, b" " + lines[at], b"  " + lines[at], b"\t" + bare, lines[at][1:]))


def _other_line(lines: list[bytes], random: Random) -> None:
    at = random.randrange(len(lines) + 1)
    beside = lines[min(at, len(lines) - 1)]
    margin = beside[: len(beside) - len(beside.lstrip())]
    lines.insert(at, margin + random.choice(traps.LINES).encode())


def _other_value(lines: list[bytes], random: Random) -> None:
    at = random.randrange(len(lines))
    made = random.choice((_text, _text, _template, _nested))(random)
    lines[at] = _VALUE.sub(lambda _: made, lines[at], count=1)


def _whole(lines: list[bytes], random: Random) -> None:
    made = traps.wide(random) if random.random() < 0.1 else traps.bomb(random)
    lines.insert(random.choice((0, len(lines))), made.encode())


def _text(random: Random) -> bytes:
    text = str(traps.scalar(random))
    quote = random.choice(("", "", "'", '"'))
    return f"{quote}{text}{quote}".encode(errors="surrogatepass")


def _template(random: Random) -> bytes:
    return f'"{traps.template(random)}"'.encode(errors="surrogatepass")


def _nested(random: Random) -> bytes:
    return traps.nested(random).encode()


_ON_LINES: Sequence[Callable[[list[bytes], Random], None]] = (
    _again,
    _without,
    _exchanged,
    _shifted,
    _other_line,
    _other_line,
    _other_value,
    _other_value,
    _other_value,
    _whole,
)
