"""Where a manifest lets the values of secrets be seen; what may be done about it is said, and nothing refused."""

from __future__ import annotations

from collections.abc import Iterator

from scs.model.container import SECRETS_FOLDER
from scs.model.desired import Desired


def visible(desired: Desired) -> Iterator[str]:
    """A sentence for each secret that a role or job has as an environment variable."""
    roles = {one.role: one for one in desired.everything}
    for role, container in sorted(roles.items()):
        for use in container.secrets:
            if use.env:
                yield (
                    f"secret {use.secret}: 'docker inspect' shows the variable {use.env} of {role}, which holds it; "
                    f"{SECRETS_FOLDER}/{use.path} is not shown"
                )
