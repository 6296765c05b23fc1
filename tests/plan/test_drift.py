"""What `scs drift` says of volumes and containers that are gone."""

from __future__ import annotations

from scs.model.container import Mount
from scs.plan import drift
from tests.plan import worlds as w

WEB = w.container("web", mounts=(Mount(volume=w.VOLUME.name, target="/data", identity=w.VOLUME.digest),))


def test_a_volume_that_was_removed_is_drift() -> None:
    there = w.world(w.running(WEB), volumes=(w.seen_volume(w.VOLUME, w.GONE),))
    found = drift.drift(w.desired(WEB, volumes=(w.VOLUME,)), there)
    assert [str(one) for one in found.drifted] == ["volume dev-blog-data: state is absent, not there"]


def test_a_volume_that_was_removed_with_its_container_is_told_with_it() -> None:
    there = w.world(volumes=(w.seen_volume(w.VOLUME, w.GONE),))
    found = drift.drift(w.desired(WEB, volumes=(w.VOLUME,)), there)
    assert [str(one) for one in found.drifted] == [
        "volume dev-blog-data: state is absent, not there",
        "container dev-blog-web-1: state is absent, not running",
    ]
