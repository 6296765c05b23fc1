"""Transcripts of v0, written from its description: what an old peer says, and what it is told, byte for byte.

Ids are the server's own; they are put in place of A, B, … in what is expected.
"""

from __future__ import annotations

import re

import pytest

from tests.disco.table import Peer, Table, offer

ID = re.compile(r'"([0-9a-f]{24}(?:~\d+)?)"')
DB = '"environment":"dev","service":"blog","role":"db","endpoint":"mysql"'
ADDRESS = '"address":{"host":"192.0.2.7","port":3306}'
SHOWN = '"address":{"host":"192.0.2.7","port":3306,"address":"192.0.2.7"}'
ADD = f'c:1 provision.add {{{DB},{ADDRESS},"attributes":null}}'
REQUIRE = f'c:2 requirement.add {{{DB},"attributes":null}}'


class Names:
    """Gives each id that is seen a letter, in the order in which they are seen."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def __call__(self, lines: list[str]) -> list[str]:
        return [ID.sub(lambda found: f'"{self._letter(found[1])}"', line) for line in lines]

    def _letter(self, identifier: str) -> str:
        return self.known.setdefault(identifier, chr(ord("A") + len(self.known)))

    def of(self, letter: str) -> str:
        return next(identifier for identifier, known in self.known.items() if known == letter)


@pytest.fixture
def table() -> Table:
    return Table()


@pytest.fixture
def names() -> Names:
    return Names()


def joined(table: Table, names: Names, options: str = "{}") -> Peer:
    peer = table.peer()
    names(peer.send(f'c:0 registry.join {{"options":{options}}}'))
    return peer


def test_a_line_without_anything_is_a_heartbeat_and_not_answered(table: Table) -> None:
    assert table.peer().send("", "", "\r") == []


def test_a_join_answers_with_the_session_alone(table: Table, names: Names) -> None:
    assert names(table.peer().send("c:1 registry.join {}")) == ['r:1 {"result":{"id":"A"}}']


@pytest.mark.parametrize("arguments", ["", " null", " {}", ' {"options":null}', ' {"options":{"attributes":{}}}'])
def test_a_join_needs_no_arguments(table: Table, names: Names, arguments: str) -> None:
    assert names(table.peer().send(f"c:x registry.join{arguments}")) == ['r:x {"result":{"id":"A"}}']


def test_ping_says_what_it_was_told_and_where_it_came_from(table: Table) -> None:
    peer = table.peer()
    assert peer.send('c:1 ping {"reply":"hi"}') == [
        'r:1 {"result":{"message":"hi","session":false,"remote":"192.0.2.1:40001"}}'
    ]
    assert peer.send("c:2 ping") == ['r:2 {"result":{"message":null,"session":false,"remote":"192.0.2.1:40001"}}']


def test_ping_in_a_session_names_it(table: Table, names: Names) -> None:
    peer = joined(table, names)
    assert names(peer.send("c:1 ping")) == ['r:1 {"result":{"message":null,"session":"A","remote":"192.0.2.1:40001"}}']


def test_a_delayed_ping_is_answered_after_so_many_milliseconds(table: Table, names: Names) -> None:
    peer = joined(table, names)
    assert peer.send('c:1 ping {"delay":500}') == []
    table.wait(0.4)
    assert peer.lines() == []
    table.wait(0.1)
    assert len(peer.lines()) == 1


def test_a_requirement_answers_with_what_is_there(table: Table, names: Names) -> None:
    peer = joined(table, names)
    peer_lines = [*peer.send(ADD), *peer.send(REQUIRE)]
    assert names(peer_lines) == [
        'r:1 {"result":{"id":"B"}}',
        f'r:2 {{"result":{{"id":"C","endpoints":[{{"id":"B",{SHOWN},"attributes":{{}}}}]}}}}',
    ]


def test_a_subscriber_is_told_before_the_provider_is_answered(table: Table, names: Names) -> None:
    peer = joined(table, names)
    assert names(peer.send(REQUIRE)) == ['r:2 {"result":{"id":"B","endpoints":[]}}']
    assert names(peer.send(ADD)) == [
        f'c:1 requirement.changed {{"id":"B","action":"add","endpoints":[{{"id":"C",{SHOWN},"attributes":{{}}}}]}}',
        'r:1 {"result":{"id":"C"}}',
    ]


def test_a_drop_is_told_and_answered_at_once_without_wait(table: Table, names: Names) -> None:
    peer = joined(table, names)
    names([*peer.send(REQUIRE), *peer.send(ADD)])
    assert names(peer.send(f'c:3 provision.drop {{"id":"{names.of("C")}"}}')) == [
        f'c:2 requirement.changed {{"id":"B","action":"drop","endpoints":[{{"id":"C",{SHOWN},"attributes":{{}}}}]}}',
        'r:3 {"result":{"ack":true}}',
    ]


@pytest.mark.parametrize("answer", ['{"result":{"ack":true}}', '{"error":{"name":"Error","message":"no"}}'])
def test_a_drop_with_wait_is_answered_when_all_have_acknowledged(table: Table, names: Names, answer: str) -> None:
    one, other = joined(table, names), joined(table, names)
    names([*one.send(REQUIRE), *other.send(ADD)])
    assert other.send(f'c:3 provision.drop {{"id":"{names.of("D")}","wait":5}}') == []
    one.send("r:1 " + answer)
    assert other.lines() == []
    one.send("r:2 " + answer)
    assert other.lines() == ['r:3 {"result":{"timed_out":false}}']


def test_a_drop_says_when_not_all_acknowledged_in_time(table: Table, names: Names) -> None:
    one, other = joined(table, names), joined(table, names)
    names([*one.send(REQUIRE), *other.send(ADD)])
    other.send(f'c:3 provision.drop {{"id":"{names.of("D")}","wait":5}}')
    table.wait(5, one, other)
    assert other.lines() == ['r:3 {"result":{"timed_out":true}}']
    one.send('r:2 {"result":{"ack":true}}')
    assert other.lines() == []


def test_a_drop_that_nobody_watches_is_answered_once(table: Table, names: Names) -> None:
    peer = joined(table, names)
    names(peer.send(ADD))
    assert peer.send(f'c:2 provision.drop {{"id":"{names.of("B")}","wait":0}}') == [
        'r:2 {"result":{"timed_out":false}}'
    ]


def test_who_is_gone_need_not_acknowledge(table: Table, names: Names) -> None:
    one, other = joined(table, names), joined(table, names)
    names([*one.send(REQUIRE), *other.send(ADD)])
    other.send(f'c:3 provision.drop {{"id":"{names.of("D")}","wait":0}}')
    one.fin()
    assert other.lines() == ['r:3 {"result":{"timed_out":false}}']


def test_leaving_drops_everything_and_is_answered_once(table: Table, names: Names) -> None:
    one, other = joined(table, names), joined(table, names)
    one.send(REQUIRE)
    names([*other.send(ADD, ADD.replace("3306", "3307"), ADD.replace("3306", "3308"))])
    one.lines()
    assert other.send("c:9 registry.leave") == []
    assert [line.count('"action":"drop"') for line in one.lines()] == [1, 1, 1]
    one.send(*(f'r:{number} {{"result":{{"ack":true}}}}' for number in range(1, 7)))
    assert other.lines() == ['r:9 {"result":{"timed_out":false}}']


def test_leaving_with_null_does_not_wait(table: Table, names: Names) -> None:
    one, other = joined(table, names), joined(table, names)
    one.send(REQUIRE)
    other.send(ADD)
    assert other.send('c:9 registry.leave {"wait":null}') == ['r:9 {"result":{"ack":true}}']


def test_the_socket_can_join_again_after_it_left(table: Table, names: Names) -> None:
    peer = joined(table, names)
    peer.send("c:1 registry.leave")
    assert peer.send("c:2 provision.add {}") == [
        'r:2 {"error":{"name":"Error","message":"The command \\"provision.add\\" is not available."}}'
    ]
    assert names(peer.send("c:3 registry.join")) == ['r:3 {"result":{"id":"B"}}']


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("c:1 provision.add {}", '"Error","message":"The command \\"provision.add\\" is not available."'),
        ("c:1 session.detach", '"Error","message":"The command \\"session.detach\\" is not available."'),
        ("c:1 nonsense", '"Error","message":"The command \\"nonsense\\" is not available."'),
        ('c:1 ping {"x":1}', '"SyntaxError","message":"Argument \\"x\\" is not expected."'),
        ('c:1 session.attach {"id":"x"}', '"Error","message":"Session is not available."'),
        ("c:1 ping {", '"SyntaxError","message":"The JSON is not valid at column 2: '),
        ("c:1 ping [1]", '"SyntaxError","message":"Arguments must be a JSON object."'),
    ],
)
def test_what_can_be_put_to_a_command_is_answered_as_its_error(table: Table, line: str, answer: str) -> None:
    (said,) = table.peer().send(line)
    assert said.startswith(f'r:1 {{"error":{{"name":{answer}')


@pytest.mark.parametrize(
    "line", ["hello", "c:1", "c:1 ping ", "c: ping", "x:1 ping", "c:1  ping", "r:1", "r:1 7", " ", "e", "c:1 ping\t{}"]
)
def test_what_is_no_message_is_said_so(table: Table, line: str) -> None:
    assert table.peer().send(line) == ['e {"name":"Error","message":"Unrecognized message format."}']


@pytest.mark.parametrize("separator", ["\\u2028", "\\u2029"])
def test_line_separators_have_to_be_escaped(table: Table, separator: str) -> None:
    raw = separator.encode().decode("unicode_escape")
    assert table.peer().send(f'c:1 ping {{"reply":"a{raw}b"}}') == [
        'e {"name":"Error","message":"Unrecognized message format."}'
    ]
    assert f'"message":"a{separator}b"' in table.peer().send(f'c:1 ping {{"reply":"a{separator}b"}}')[0]


def test_a_complaint_of_the_peer_is_not_answered(table: Table) -> None:
    peer = table.peer()
    assert peer.send('e {"name":"Error","message":"what?"}') == []
    assert peer.closed is None


def test_a_result_that_nobody_asked_for_is_said_so(table: Table, names: Names) -> None:
    assert joined(table, names).send('r:7 {"result":{"ack":true}}') == [
        'e {"name":"Error","message":"Received a result for an unknown local request."}'
    ]


def test_a_carriage_return_is_cut_off_also_when_it_came_alone(table: Table) -> None:
    peer = table.peer()
    assert peer.raw(b"c:1 ping\r") == []
    assert len(peer.raw(b"\nc:2 ping\r\n")) == 2


def test_a_line_may_come_byte_by_byte(table: Table) -> None:
    peer = table.peer()
    for byte in b"c:1 ping":
        assert peer.raw(bytes([byte])) == []
    assert len(peer.raw(b"\n")) == 1


def test_both_names_of_an_address_are_shown_whichever_was_given(table: Table, names: Names) -> None:
    peer = joined(table, names)
    peer.send(f'c:1 provision.add {{{DB},"address":{{"address":"192.0.2.7","port":3306}}}}')
    assert '"address":{"address":"192.0.2.7","port":3306,"host":"192.0.2.7"}' in peer.send(REQUIRE)[0]


def test_an_address_is_shown_as_it_was_given(table: Table, names: Names) -> None:
    peer = joined(table, names)
    peer.send(f'c:1 provision.add {{{DB},"address":{{"socket":"/run/x","n":[1]}},"attributes":{{"n":1,"b":true}}}}')
    assert '"address":{"socket":"/run/x","n":[1]},"attributes":{"n":1,"b":true}' in peer.send(REQUIRE)[0]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("one", 2),
        ("-one", 1),
        ("one|two", 2),
        ("^one", 0),
        ("^zone-", 2),
        ("e$", 1),
        ("^zone-one$", 1),
        ("zone", 2),
        ("", 2),
    ],
)
def test_attributes_are_searched_not_matched_whole(table: Table, names: Names, pattern: str, found: int) -> None:
    peer = joined(table, names)
    for number, zone in enumerate(("zone-one", "zone-two")):
        peer.send(
            f'c:1 provision.add {{{DB},"address":{{"host":"h","port":{number + 1}}},"attributes":{{"z":"{zone}"}}}}'
        )
    (said,) = peer.send(f'c:2 requirement.add {{{DB},"attributes":{{"z":"{pattern}"}}}}')
    assert said.count('"host":"h"') == found


def test_an_attribute_that_is_not_there_matches_nothing(table: Table, names: Names) -> None:
    peer = joined(table, names)
    peer.send(ADD)
    (said,) = peer.send(f'c:2 requirement.add {{{DB},"attributes":{{"z":""}}}}')
    assert said.endswith('"endpoints":[]}}')


def test_a_bad_pattern_is_refused(table: Table, names: Names) -> None:
    (said,) = joined(table, names).send(f'c:2 requirement.add {{{DB},"attributes":{{"z":"(("}}}}')
    assert said.startswith('r:2 {"error":{"name":"SyntaxError","message":"The pattern \\"((\\" cannot be used: ')


@pytest.mark.parametrize("name", ["null", '""', '"a/b"', '"a\\u0000"', "7", '"' + "x" * 129 + '"'])
def test_names_that_cannot_be_told_apart_are_refused(table: Table, names: Names, name: str) -> None:
    said = joined(table, names).send(ADD.replace('"role":"db"', f'"role":{name}'))
    assert said == [
        'r:1 {"error":{"name":"SyntaxError","message":"Argument \\"role\\" must be text of 1 to 128 characters '
        'without \\"/\\" and control characters."}}'
    ]


@pytest.mark.parametrize("command", ["provision.drop", "requirement.drop"])
def test_what_is_not_known_cannot_be_dropped(table: Table, names: Names, command: str) -> None:
    verb = "provide" if command.startswith("provision") else "require"
    assert joined(table, names).send(f'c:1 {command} {{"id":"x"}}') == [
        f'r:1 {{"error":{{"name":"Error","message":"Registry does not {verb} x"}}}}'
    ]


def test_a_dropped_requirement_is_told_nothing_more(table: Table, names: Names) -> None:
    peer = joined(table, names)
    names(peer.send(REQUIRE))
    assert peer.send(f'c:3 requirement.drop {{"id":"{names.of("B")}"}}') == ['r:3 {"result":{"ack":true}}']
    assert names(peer.send(ADD)) == ['r:1 {"result":{"id":"C"}}']


def test_a_timeout_is_in_milliseconds_and_starts_with_the_end_of_the_connection(table: Table, names: Names) -> None:
    subscriber, provider = joined(table, names), joined(table, names, '{"timeout":2000}')
    subscriber.send(REQUIRE)
    names(provider.send(ADD))
    subscriber.lines()
    provider.fin()
    table.wait(1.75, subscriber)
    assert subscriber.lines() == []
    table.wait(0.25, subscriber)
    assert [line.count('"action":"drop"') for line in subscriber.lines()] == [1]


def test_a_session_without_timeout_ends_with_its_connection(table: Table, names: Names) -> None:
    subscriber, provider = joined(table, names), joined(table, names)
    subscriber.send(REQUIRE)
    provider.send(ADD)
    subscriber.lines()
    provider.fin()
    assert [line.count('"action":"drop"') for line in subscriber.lines()] == [1]


def test_a_detached_session_is_back_as_soon_as_its_socket_says_something_for_it(table: Table, names: Names) -> None:
    subscriber, provider = joined(table, names), joined(table, names, '{"timeout":2000}')
    subscriber.send(REQUIRE)
    provider.send(ADD)
    subscriber.lines()
    assert provider.send("c:2 session.detach") == ['r:2 {"result":{"ack":true}}']
    table.wait(1, subscriber)
    assert len(provider.send("c:3 ping")) == 1
    table.wait(10, subscriber, provider)
    assert subscriber.lines() == []


def test_a_detached_session_that_ended_is_no_longer_active(table: Table, names: Names) -> None:
    peer = joined(table, names, '{"timeout":1000}')
    peer.send("c:1 session.detach")
    table.wait(1.25)
    assert peer.send(ADD) == ['r:1 {"error":{"name":"Error","message":"Session is no longer active."}}']


def test_an_update_is_added_under_another_id_before_the_old_one_is_dropped(table: Table, names: Names) -> None:
    old, new = joined(table, names), table.v1()
    new.ask("provision.set", offer("a", host="192.0.2.7"))
    names(old.send(REQUIRE))
    new.ask("provision.set", offer("a", host="192.0.2.8"))
    told = old.lines()
    assert [line.split('"action":"')[1][:4].strip('"') for line in told] == ["add", "drop"]
    assert "192.0.2.8" in told[0]
    assert "192.0.2.7" in told[1]


def test_an_old_peer_gets_a_heartbeat_every_22_seconds_and_is_cut_off_after_60_of_silence(
    table: Table, names: Names
) -> None:
    peer = joined(table, names)
    table.wait(59)
    assert peer.received == b"\n\n"
    assert peer.closed is None
    table.wait(1.25)
    assert peer.closed == "it was silent for too long"


def test_a_line_that_says_nothing_is_no_sign_of_life(table: Table, names: Names) -> None:
    peer = joined(table, names)
    table.wait(59)
    peer.send("garbage")
    table.wait(1.25)
    assert peer.closed == "it was silent for too long"


def test_who_never_joins_is_cut_off_after_ten_seconds(table: Table) -> None:
    peer = table.peer()
    table.wait(9.75)
    assert peer.closed is None
    table.wait(0.5)
    assert peer.closed == "it did not join in time"
