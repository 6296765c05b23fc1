"""The client on its own: with an old server, after a restart of its own, with answers that make no sense."""

from __future__ import annotations

import json
import random
from typing import Any, cast

import pytest

from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Connect, Disconnect, Failed, Options, Want, Write
from scs.disco.values import Json

NAMES: Json = {"environment": "dev", "service": "blog", "role": "db", "endpoint": "mysql"}
OFFER: Json = {**NAMES, "address": {"host": "192.0.2.7", "port": 80}}
ONE = {"id": "p1", "address": {"host": "192.0.2.10", "port": 1}}
TWO = {"id": "p2", "address": {"host": "192.0.2.11", "port": 1}}


class Pen:
    """A client and the lines that it wrote."""

    def __init__(self, saved: bytes | None = None, **options: Any) -> None:
        self.now = 100.0
        self.client = Client(Options(**options), now=self.now, entropy=random.Random(3).randbytes, saved=saved)
        self.effects: list[object] = []
        self.look()

    def look(self) -> list[object]:
        """What it asks for since the last look."""
        self.effects = list(self.client.drain())
        return self.effects

    def written(self) -> list[str]:
        data = b"".join(effect.data for effect in self.look() if isinstance(effect, Write))
        return [line for line in data.decode().split("\n") if line]

    def hears(self, *lines: str) -> None:
        self.client.received(self.now, "".join(f"{line}\n" for line in lines).encode())

    def joins(self, **more: object) -> None:
        self.client.connected(self.now)
        said = {"id": "s", "proto": 1, "secret": "x", "epoch": "e", "rev": 0, "complete": True, **more}
        self.hears(f'r:1 {{"result":{json.dumps(said)}}}')

    def sets(self) -> list[list[str]]:
        return [[one.host for one in effect.endpoints] for effect in self.look() if isinstance(effect, Changed)]


def frame(rev: int, prev: int, action: str = "diff", **more: object) -> str:
    said = {"id": "g", "rev": rev, "prev": prev, "action": action, "complete": True, **more}
    return f"c:{rev} requirement.changed {json.dumps(said)}"


def subscribed() -> Pen:
    pen = Pen()
    pen.client.require(pen.now, "r", Want(arguments=NAMES))
    pen.joins()
    asked = [line for line in pen.written() if " requirement.set " in line]
    pen.hears(f'r:{asked[0][2:].split(" ")[0]} {{"result":{{"id":"q","group":"g","rev":1,"complete":true}}}}')
    pen.hears(frame(1, 0, "reset", add=[ONE]))
    assert pen.sets()[-1] == ["192.0.2.10"]
    return pen


def test_a_client_asks_to_connect_at_once() -> None:
    client = Client(Options(), now=5.0, entropy=random.Random(1).randbytes)
    assert client.drain() == [Connect(5.0)]


def test_what_is_provided_is_declared_as_a_whole_after_the_join() -> None:
    pen = Pen()
    pen.client.provide(pen.now, "a", OFFER)
    pen.joins()
    assert [line.split(" ")[1] for line in pen.written()] == ["registry.join", "provision.sync"]


def test_a_gap_asks_for_the_whole_set_once_and_ignores_what_comes_before_it() -> None:
    pen = subscribed()
    pen.hears(frame(9, 8, add=[TWO]), frame(10, 9, drop=["p1"]))
    assert [line.split(" ")[1] for line in pen.written()] == ["sub.reset"]
    pen.hears(frame(10, 0, "reset", add=[TWO]))
    assert pen.sets() == [["192.0.2.11"]]


def test_a_change_that_is_known_is_not_applied_again() -> None:
    pen = subscribed()
    pen.hears(frame(2, 1, add=[TWO]), frame(3, 2, drop=["p2"]), frame(2, 1, add=[TWO]))
    assert pen.sets() == [["192.0.2.10", "192.0.2.11"], ["192.0.2.10"]]


def test_an_unchanged_reset_changes_nothing() -> None:
    pen = subscribed()
    pen.hears(frame(7, 0, "reset", add=[ONE]))
    assert pen.sets() == []


def test_pages_are_applied_together() -> None:
    pen = subscribed()
    pen.hears(frame(2, 1, drop=["p1"], more=True))
    assert pen.sets() == []
    pen.hears(frame(2, 1, add=[TWO]))
    assert pen.sets() == [["192.0.2.11"]]


def test_what_a_starting_server_does_not_know_is_kept_until_it_says_that_it_is_complete() -> None:
    pen = subscribed()
    pen.hears(frame(5, 0, "reset", add=[TWO], complete=False))
    assert pen.sets() == [["192.0.2.10", "192.0.2.11"]]
    pen.hears(frame(6, 5, complete=True))
    assert pen.sets() == [["192.0.2.11"]]


def test_what_is_dropped_while_incomplete_is_gone() -> None:
    pen = subscribed()
    pen.hears(frame(5, 0, "reset", complete=False), frame(6, 5, drop=["p1"], complete=False))
    assert pen.sets()[-1] == []


def test_an_empty_answer_of_a_server_that_does_not_know_yet_is_no_answer() -> None:
    pen = Pen()
    pen.client.require(pen.now, "r", Want(arguments=NAMES))
    pen.joins(complete=False)
    pen.hears('r:3 {"result":{"id":"q","group":"g","rev":1,"complete":false}}', frame(1, 0, "reset", complete=False))
    assert pen.sets() == []


def test_a_wrong_digest_asks_for_the_whole_set() -> None:
    pen = subscribed()
    pen.hears('c:1 heartbeat {"rev":1,"groups":{"g":[1,"0000000000000000"]}}')
    assert '"why":"divergence"' in pen.written()[0]


def test_suspects_are_the_last_resort() -> None:
    pen = subscribed()
    pen.hears(frame(2, 1, add=[TWO], update=[{**ONE, "state": "suspect"}]))
    assert pen.sets() == [["192.0.2.11"]]
    pen.hears(frame(3, 2, drop=["p2"]))
    assert pen.sets() == [["192.0.2.10"]]


def test_the_nearest_come_first() -> None:
    pen = Pen(dc="x", zone="a")
    pen.client.require(pen.now, "r", Want(arguments=NAMES, prefer=("zone", "dc", "any")))
    pen.joins()
    far, near = {**ONE, "dc": "y", "zone": "a", "weight": 9}, {**TWO, "dc": "x", "zone": "b"}
    pen.hears('r:3 {"result":{"id":"q","group":"g","rev":1,"complete":true}}', frame(1, 0, "reset", add=[far, near]))
    assert pen.sets() == [["192.0.2.11", "192.0.2.10"]]


def test_a_silent_server_is_given_up_and_tried_again() -> None:
    pen = subscribed()
    for _ in range(45):
        pen.now += 0.25
        pen.client.tick(pen.now)
        effects = pen.look()
        if any(isinstance(effect, Disconnect) for effect in effects):
            break
    assert any(isinstance(effect, Connect) for effect in effects)
    assert pen.now == pytest.approx(110, abs=0.5)


def test_a_pause_of_its_own_is_not_the_server_s_silence() -> None:
    pen = subscribed()
    pen.now += 60
    pen.client.tick(pen.now)
    assert not any(isinstance(effect, Disconnect) for effect in pen.look())


def test_after_a_pause_of_its_own_the_server_hears_of_it_at_once() -> None:
    pen = subscribed()
    pen.written()
    for _ in range(3):  # a host so slow that it stands still again and again
        pen.now += 1.5
        pen.client.tick(pen.now)
    assert len(pen.written()) == 1


def test_back_off_grows_within_its_cap_and_is_spread() -> None:
    pen = Pen(cap=8)
    waits = []
    for _ in range(40):
        pen.client.disconnected(pen.now)
        (at,) = [effect.at for effect in pen.look() if isinstance(effect, Connect)]
        waits.append(at - pen.now)
    assert max(waits) <= 8
    assert len(set(waits)) > 30


def test_many_clients_of_a_server_that_is_back_come_over_a_time_that_their_number_says() -> None:
    pen = Pen()
    pen.joins(sessions=6_000)
    pen.look()
    waits = []
    for _ in range(200):  # 6,000 clients, 600 a second
        pen.client.disconnected(pen.now)
        waits += [effect.at - pen.now for effect in pen.look() if isinstance(effect, Connect)]
    assert 8 < max(waits) <= 10


def test_a_busy_server_is_met_again_when_it_said() -> None:
    pen = Pen()
    pen.client.connected(pen.now)
    pen.hears('r:1 {"error":{"name":"Busy","message":"x","retry_after":2.5}}')
    assert [effect.at for effect in pen.look() if isinstance(effect, Connect)] == [102.5]


def test_a_session_that_is_gone_is_joined_anew_on_the_same_connection() -> None:
    pen = subscribed()
    pen.client.disconnected(pen.now)
    pen.look()
    pen.client.connected(pen.now)
    assert [line.split(" ")[1] for line in pen.written()] == ["session.resume"]
    pen.hears('r:1 {"error":{"name":"Gone","message":"Session is not available."}}')
    assert [line.split(" ")[1] for line in pen.written()] == ["registry.join"]


def test_the_next_process_goes_on_where_the_last_one_was() -> None:
    before = subscribed()
    pen = Pen(saved=before.client.saved())
    pen.client.require(pen.now, "r", Want(arguments=NAMES))
    pen.client.connected(pen.now)
    said = cast("dict[str, object]", json.loads(pen.written()[0].split(" ", 2)[2]))
    assert said == {"id": "s", "secret": "x", "epoch": "e", "rev": 1, "groups": {"g": 1}}


@pytest.mark.parametrize("saved", [b"", b"[]", b'{"held":{"g":[1]}}', b'{"held":{"g":[1,true,{"p":{}},{}]}}'])
def test_what_was_saved_badly_is_left_out(saved: bytes) -> None:
    pen = Pen(saved=saved)
    pen.client.connected(pen.now)
    assert pen.written()[0].split(" ")[1] == "registry.join"


@pytest.mark.parametrize(
    "line",
    [
        "c:1 requirement.changed {}",
        frame(2, 1, add=[7]),
        frame(2, 1, add=[{}]),
        'c:1 heartbeat {"rev":"x"}',
        frame(2, 1, add=7),
    ],
)
def test_what_makes_no_sense_ends_the_connection_and_is_not_believed(line: str) -> None:
    pen = subscribed()
    pen.hears(line)
    effects = pen.look()
    assert any(isinstance(effect, Disconnect) for effect in effects)
    assert not any(isinstance(effect, Changed) for effect in effects)


def test_commands_without_an_answer_are_answered_when_the_connection_is_lost() -> None:
    pen = subscribed()
    ticket = pen.client.withdraw(pen.now, "a", wait=0)
    pen.client.disconnected(pen.now)
    lost: Json = {"name": "Lost", "message": "The connection was lost before the answer came."}
    assert Answered(ticket, None, lost) in pen.look()


def test_one_that_left_while_there_was_no_connection_provides_nothing_any_more() -> None:
    pen = Pen()
    pen.client.provide(pen.now, "a", OFFER)
    pen.client.require(pen.now, "r", Want(arguments=NAMES))
    pen.client.leave(pen.now)
    pen.joins()
    assert [line.split(" ", 2)[1:] for line in pen.written()[1:]] == [
        ["provision.sync", '{"provisions":[],"more":false}']
    ]


def test_an_offer_that_is_refused_is_said() -> None:
    pen = subscribed()
    pen.client.provide(pen.now, "a", OFFER)
    (line,) = pen.written()
    pen.hears(f'r:{line[2:].split(" ")[0]} {{"error":{{"name":"Forbidden","message":"no"}}}}')
    assert pen.look() == [Failed("offer a", "no")]


# With a server that speaks v0.


def test_an_old_server_is_served_in_its_own_words() -> None:
    pen = Pen()
    pen.client.provide(pen.now, "a", OFFER)
    pen.client.require(pen.now, "r", Want(arguments=NAMES))
    pen.client.connected(pen.now)
    pen.written()
    pen.hears('r:1 {"result":{"id":"old"}}')
    assert [line.split(" ")[1] for line in pen.written()] == ["provision.add", "requirement.add"]
    pen.hears('r:2 {"result":{"id":"p9"}}', f'r:3 {{"result":{{"id":"q","endpoints":[{json.dumps(ONE)}]}}}}')
    assert pen.sets() == [["192.0.2.10"]]
    change = {"id": "q", "action": "add", "endpoints": [{**TWO, "address": {"address": "192.0.2.11", "port": 1}}]}
    pen.hears(f"c:z requirement.changed {json.dumps(change)}")
    assert [Write(b'r:z {"result":{"ack":true}}\n')] == [effect for effect in pen.look() if isinstance(effect, Write)]
    pen.client.withdraw(pen.now, "a")
    assert '"id":"p9"' in pen.written()[0]


def test_with_an_old_server_a_reconnect_joins_anew() -> None:
    pen = Pen()
    pen.client.connected(pen.now)
    pen.hears('r:1 {"result":{"id":"old"}}')
    pen.client.disconnected(pen.now)
    pen.look()
    pen.client.connected(pen.now)
    assert pen.written()[0].split(" ")[1] == "registry.join"


def syncs(pen: Pen) -> list[Json]:
    return [json.loads(line.split(" ", 2)[2]) for line in pen.written() if " provision.sync " in line]


def test_what_is_declared_as_a_whole_fits_into_lines_that_the_server_takes() -> None:
    pen = Pen()
    for number in range(50):
        pen.client.provide(pen.now, f"u{number}", {**OFFER, "attributes": {"a": "ä" * 200}})
    pen.joins(limits={"line": 5000})
    pages = syncs(pen)
    assert all(len(json.dumps(page, separators=(",", ":"))) < 5000 for page in pages)
    assert [one["uid"] for page in pages for one in cast(Any, page["provisions"])] == [f"u{n}" for n in range(50)]
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_an_offer_that_fits_into_no_line_is_told_and_the_others_are_declared() -> None:
    pen = Pen()
    pen.client.provide(pen.now, "long", {**OFFER, "attributes": {"a": "x" * 5000}})
    pen.client.provide(pen.now, "short", OFFER)
    pen.client.connected(pen.now)
    pen.look()
    said = {"id": "s", "proto": 1, "secret": "x", "epoch": "e", "rev": 0, "limits": {"line": 5000}}
    pen.hears(f'r:1 {{"result":{json.dumps(said)}}}')
    effects = pen.look()
    told = Failed("offer long", "It is 5145 bytes long; the server takes at most 4872.")
    assert [one for one in effects if isinstance(one, Failed)] == [told]
    (page,) = [one.data for one in effects if isinstance(one, Write)]
    assert b"short" in page
    assert b"long" not in page
    pen.client.provide(pen.now, "long", {**OFFER, "attributes": {"a": "x" * 5000}})
    assert pen.look() == [told]


def test_a_command_that_is_too_long_for_the_server_is_answered_here() -> None:
    pen = Pen()
    pen.joins(limits={"line": 5000})
    pen.look()
    ticket = pen.client.ask(pen.now, "ping", {"reply": "x" * 5000})
    (answered,) = pen.look()
    assert isinstance(answered, Answered)
    assert answered.ticket == ticket
    assert answered.error == {
        "name": "LimitExceeded",
        "message": "The command is 5022 bytes long; the server takes lines of at most 5000.",
    }
