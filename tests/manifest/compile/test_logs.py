"""Options that a log driver of the engine would refuse when the container starts."""

from __future__ import annotations

import pytest

from tests.manifest import world

TEXT = "scs: 1\nservice: blog\ncontainers:\n  web:\n    image: nginx:1.27\n    log: {}\n"
AT = "containers.web.log.options"


@pytest.mark.parametrize(
    "log",
    [
        "{options: {max-size: 50m, max-file: 2, compress: true}}",
        '{options: {max-size: 10485760, max-file: "1", labels: a, env-regex: ^A, tag: web}}',
        "{options: {max-size: 1.5 GiB, mode: non-blocking, max-buffer-size: 4m, cache-disabled: true}}",
        "{driver: local, options: {max-size: 10M, max-file: 1, compress: F}}",
        "{driver: journald, options: {tag: web}}",
        "{driver: loki, options: {loki-url: a}}",
    ],
)
def test_options_that_the_driver_takes_are_passed_on(log: str) -> None:
    assert world.mistakes(TEXT.format(log)) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "{max-sise: 1m}",
            "21: max-sise: the log driver json-file has no option 'max-sise' (did you mean 'max-size'?)",
        ),
        ("{max-size: -1}", "31: max-size: must be a size such as 10m, not '-1'"),
        ("{max-size: 0k}", "31: max-size: must be a size such as 10m, not '0k'"),
        ("{max-file: 0}", "31: max-file: must be a whole number, 1 or more, not '0'"),
        ("{max-file: 2.0}", "31: max-file: must be a whole number, 1 or more, not '2.0'"),
        ("{compress: yes}", "31: compress: must be true or false, not 'yes'"),
        ("{mode: fast}", "27: mode: must be blocking or non-blocking, not 'fast'"),
        (
            "{max-file: 1, compress: true}",
            "31: max-file: the log driver json-file compresses full files, and one file is never full "
            "(write max-file: 2 or more, or compress: false)",
        ),
        (
            "{max-buffer-size: 4m}",
            "38: max-buffer-size: max-buffer-size goes only with mode: non-blocking "
            "(add mode: non-blocking, or take it out)",
        ),
    ],
)
def test_an_option_that_the_driver_refuses_is_a_mistake_with_its_place(options: str, message: str) -> None:
    column, _, said = message.partition(": ")
    assert world.mistakes(TEXT.format(f"{{options: {options}}}")) == [f"blog.yaml:6:{column}: {AT}.{said}"]


def test_the_local_driver_compresses_and_knows_fewer_options() -> None:
    assert world.mistakes(TEXT.format("{driver: local, options: {max-file: 1, tag: a}}")) == [
        f"blog.yaml:6:46: {AT}.max-file: the log driver local compresses full files, and one file is never full "
        "(write max-file: 2 or more, or compress: false)",
        f"blog.yaml:6:49: {AT}.tag: the log driver local has no option 'tag'",
    ]
