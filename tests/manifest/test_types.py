"""What the checks of a manifest need to know of a volume or network, its type says; no check knows a type by name."""

from __future__ import annotations

import pytest

from provisioners import bind, bridge, external, local, modes
from scs.manifest.types import NetworkType, VolumeType
from scs.model.identity import Identity
from scs.model.storage import Spec

DEV = Identity(environment="dev", service="blog")


def spec(word: str, **options: str) -> Spec:
    return Spec(identity=DEV, key="x", name="dev-blog-x", type=word, options=options)


def test_a_local_volume_has_a_folder_of_the_host_for_itself() -> None:
    found = VolumeType(schema={}, prepare=local.Local().prepare).prepare(spec("local", path="/srv/db"), None)
    assert found.host_path == "/srv/db"


def test_a_bound_folder_may_be_bound_twice() -> None:
    assert bind.Bind().prepare(spec("bind", source="/srv/code"), None).host_path is None


@pytest.mark.parametrize(
    ("network", "mode"),
    [(modes.Host(), "host"), (modes.NoNetwork(), "none"), (bridge.Bridge(), None), (external.External(), None)],
)
def test_a_network_that_replaces_all_others_says_so(network: NetworkType, mode: str | None) -> None:
    assert network.prepare(spec("any")).mode == mode
