"""Which endpoint comes first, and which next."""

from __future__ import annotations

from collections import Counter

from scs.disco.edges.forward.choosing import Choosing
from scs.disco.wire.shapes import Endpoint


def endpoint(name: str, *, weight: int = 1, zone: str = "", proto: str = "tcp", port: int = 80) -> Endpoint:
    return Endpoint(id=name, host=f"host-{name}", port=port, weight=weight, zone=zone, proto=proto)


def taken(choosing: Choosing, times: int) -> Counter[str]:
    """As many connections come and stay."""
    found: Counter[str] = Counter()
    for _ in range(times):
        first = choosing.order(0)[0]
        choosing.begun(first)
        found[first.id] += 1
    return found


def test_connections_spread_by_weight() -> None:
    one = Choosing()
    one.use([endpoint("a"), endpoint("b"), endpoint("c", weight=2)])
    assert taken(one, 40) == {"a": 10, "b": 10, "c": 20}


def test_who_lost_a_connection_gets_the_next() -> None:
    one = Choosing()
    one.use([endpoint("a"), endpoint("b")])
    taken(one, 10)
    (a,) = (each for each in one.endpoints if each.id == "a")
    one.ended(a)
    assert one.order(0)[0] == a


def test_a_weight_of_zero_is_for_when_there_is_nothing_else() -> None:
    one = Choosing()
    one.use([endpoint("a", weight=0), endpoint("b")])
    assert taken(one, 5) == {"b": 5}
    one.use([endpoint("a", weight=0)])
    assert taken(one, 5) == {"a": 5}


def test_the_nearest_come_first_however_busy_they_are() -> None:
    one = Choosing(prefer=("zone", "any"), zone="z")
    one.use([endpoint("far"), endpoint("near", zone="z")])
    assert taken(one, 9) == {"near": 9}
    assert [each.id for each in one.order(0)] == ["near", "far"]


def test_what_did_not_answer_comes_last_for_longer_each_time() -> None:
    one = Choosing()
    one.use([endpoint("a"), endpoint("b")])
    (a,) = (each for each in one.endpoints if each.id == "a")
    one.failed(a, 0)
    taken(one, 10)  # all go to b, which makes a the less busy one
    assert [each.id for each in one.order(0.9)] == ["b", "a"]
    assert one.order(1.1)[0] == a
    one.failed(a, 1.1)
    assert one.order(3.0)[0] != a
    for _ in range(20):
        one.failed(a, 10)
    assert one.order(39.9)[0] != a
    assert one.order(40.1)[0] == a
    one.failed(a, 41)
    one.begun(a)  # it answers again
    one.failed(a, 42)
    assert one.order(43.1)[0] == a


def test_what_cannot_be_connected_to_is_left_out() -> None:
    one = Choosing()
    one.use([endpoint("a", proto="udp"), endpoint("b", port=0), endpoint("c")])
    assert [each.id for each in one.order(0)] == ["c"]
