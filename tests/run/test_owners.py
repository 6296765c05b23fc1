"""Users and groups of containers by number."""

from __future__ import annotations

import pytest

from scs.contract import errors
from scs.run import owners
from tests.fakes.engine import FakeEngine

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1234:1235::/home/app:/bin/sh\n"
GROUP = b"root:x:0:\nweb:x:33:app\n"


class _Files(FakeEngine):
    """An engine whose only container has these two files."""

    def read_file(self, container: str, path: str) -> bytes | None:
        return {"/etc/passwd": PASSWD, "/etc/group": GROUP}.get(path)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("", (0, 0)),
        ("root", (0, 0)),
        ("0:0", (0, 0)),
        ("1000", (1000, 0)),
        ("1000:50", (1000, 50)),
        ("app", (1234, 1235)),
        ("app:web", (1234, 33)),
        ("root:web", (0, 33)),
        ("app:7", (1234, 7)),
    ],
)
def test_names_mean_what_the_files_of_the_container_say(said: str, numbers: tuple[int, int]) -> None:
    found = owners.owner(said, "web", _Files())
    assert (found.uid, found.gid) == numbers


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(errors.Failure) as user:
        owners.owner("ppa", "web", _Files())
    assert user.value.why == "web has no user ppa in its /etc/passwd: write the user's number"
    with pytest.raises(errors.Failure) as group:
        owners.owner("app:bew", "web", _Files())
    assert group.value.why == "web has no group bew in its /etc/group: write the group's number"
