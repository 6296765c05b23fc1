"""What the engine says of one container, as values."""

from __future__ import annotations

import pytest

from scs.adapters.docker import details


@pytest.mark.parametrize(("config", "user"), [({"User": "www:33"}, "www:33"), ({"User": ""}, ""), ({}, ""), (None, "")])
def test_the_user_is_what_it_was_made_to_run_as(config: object, user: str) -> None:
    assert details.live({"Id": "1", "Config": config}).user == user
