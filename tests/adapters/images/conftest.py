"""Fixtures of the image builder's tests."""

from __future__ import annotations

import pytest

from tests.adapters.images.driving import Builder
from tests.testbed.host import Host


@pytest.fixture
def builder(host: Host) -> Builder:
    """A builder on a clean host."""
    return Builder(host)
