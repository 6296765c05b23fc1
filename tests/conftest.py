"""Fixtures for all tests: hosts with private engines, and how hypothesis draws; nothing is made unasked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import hypothesis
import pytest

from tests.testbed.bed import Bed
from tests.testbed.host import Host

ENGINE_FIXTURES = {"bed", "host", "hosts", "fresh_host"}

# The same examples in every run: a test that fails fails again, for whoever looks.
hypothesis.settings.register_profile("scs", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("scs")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks for a host, so that `-m "not engine"` is the quick part."""
    for item in items:
        if ENGINE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def bed() -> Iterator[Bed]:
    """The test bed of this worker."""
    if os.geteuid() != 0:
        pytest.fail("the test bed makes network namespaces and starts engines: run the tests as root")
    with Bed() as made:
        yield made


@pytest.fixture
def hosts(bed: Bed) -> Iterator[Callable[[int], tuple[Host, ...]]]:
    """`hosts(2)`: so many clean hosts that reach one another; engines are kept from test to test."""
    with ExitStack() as taken:  # each is given back, also when another cannot be cleaned

        def take_one() -> Host:
            host = bed.take()
            taken.callback(bed.give_back, host)
            return host

        yield lambda count: tuple(take_one() for _ in range(count))


@pytest.fixture
def host(hosts: Callable[[int], tuple[Host, ...]]) -> Host:
    """A clean host."""
    return hosts(1)[0]


@pytest.fixture
def fresh_host(bed: Bed) -> Iterator[Host]:
    """A host whose engine no other test has used or will use."""
    made = bed.new()
    yield made
    bed.close_host(made)
