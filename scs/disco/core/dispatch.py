"""From lines to commands: which are available now, who does them, and what is said of lines that are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scs.disco import problems
from scs.disco.core import administering, attachment, catching, joining, providing, requiring, waiting
from scs.disco.core.call import Call
from scs.disco.core.hub import COMPILED, Hub
from scs.disco.problems import Refused
from scs.disco.sessions.session import Connection
from scs.disco.sessions.timers import Kind
from scs.disco.wire import arguments, lines
from scs.disco.wire.framing import TooLong
from scs.disco.wire.lines import Bad, Command, Fault, Heartbeat, Result

Handler = Callable[[Call], None]
HANDLERS: Mapping[str, Handler] = {
    "ping": joining.ping,
    "registry.join": joining.join,
    "registry.leave": joining.leave,
    "registry.export": requiring.export,
    "registry.query": requiring.query,
    "session.attach": joining.attach,
    "session.detach": joining.detach,
    "session.resume": joining.resume,
    "provision.add": providing.add,
    "provision.set": providing.set_one,
    "provision.sync": providing.sync,
    "provision.state": providing.set_state,
    "provision.drop": providing.drop,
    "requirement.add": requiring.add,
    "requirement.set": requiring.set_one,
    "requirement.drop": requiring.drop,
    "server.status": administering.status,
    "server.sessions": administering.sessions,
    "server.drain": administering.drain,
    "sub.ack": requiring.ack,
    "sub.reset": requiring.reset,
}


TURN = 256 * 1024  # of `Hub.spent`: some milliseconds in which nobody else is heard
_LINE = 512  # what a line costs at least
_PAUSE = 0.001


def run(hub: Hub, connection: Connection) -> None:
    """Takes what the connection has received, line by line, until it is empty, closed, or does not read answers.

    What costs more than one turn may is gone on with later, after everybody else was heard.
    """
    until = hub.spent + TURN
    while connection.open and connection.blocked is None:
        if hub.spent >= until:
            _later(hub, connection)
            return
        try:
            line = connection.lines.take()
        except TooLong:
            limit = hub.settings.limits.line
            hub.send(connection, lines.fault("LimitExceeded", f"A line is longer than {limit} bytes."))
            hub.counters["lines_too_long"] += 1
            hub.close(connection, "it sent a line that is too long")
            attachment.lost(hub, connection, silent=False)
            return
        if line is None:
            if connection.ending:
                gone(hub, connection)
            return
        hub.spent += _LINE
        _line(hub, connection, line)


def _later(hub: Hub, connection: Connection) -> None:
    if not connection.more:
        connection.more = True
        hub.timers.set(hub.now + _PAUSE, Kind.MORE, connection)


def more(hub: Hub, connection: Connection) -> None:
    """Goes on where a turn ended. All whose turn it is share one."""
    connection.more = False
    if hub.taken >= TURN:
        _later(hub, connection)
        return
    before = hub.spent
    run(hub, connection)
    hub.taken += hub.spent - before


def closed(hub: Hub, connection: Connection) -> None:
    """The peer is gone: after what it said before."""
    if connection.more and connection.blocked is None:
        connection.ending = True
    else:
        gone(hub, connection)


def gone(hub: Hub, connection: Connection) -> None:
    hub.forget(connection)
    attachment.lost(hub, connection, silent=False)


def _line(hub: Hub, connection: Connection, line: bytes) -> None:
    message = lines.parse(line)
    if not isinstance(message, Bad):
        connection.received = hub.now
    match message:
        case Command():
            _command(hub, connection, message)
        case Result(id=identifier):
            _result(hub, connection, identifier)
        case Bad(name=name, message=text, id=str(identifier)):
            Call(hub, connection, identifier, "", {}).refuse(Refused(text, name=name))
        case Bad(name=name, message=text):
            hub.counters["bad_lines"] += 1
            hub.send(connection, lines.fault(name, text))
        case Heartbeat() | Fault():
            pass


def _command(hub: Hub, connection: Connection, said: Command) -> None:
    call = Call(hub, connection, said.id, said.name, said.arguments)
    try:
        _check(hub, connection, said)
        call.given = arguments.filled(said.name, said.arguments)
        HANDLERS[said.name](call)
    except Refused as why:
        hub.spent += COMPILED
        if said.name == "provision.sync" and connection.session is not None:
            providing.part_refused(connection.session, said.arguments)
        if said.name not in arguments.NOTICES:
            call.refuse(why)


def _check(hub: Hub, connection: Connection, said: Command) -> None:
    if said.name not in _available(connection):
        raise Refused(f'The command "{said.name}" is not available.')
    if connection.in_flight >= hub.settings.limits.in_flight and said.name not in arguments.NOTICES:
        raise problems.limit(f"{connection.in_flight} commands are not answered yet: wait.")
    _attached(hub, connection)


def _available(connection: Connection) -> frozenset[str]:
    if connection.session is None:
        return arguments.SOCKET
    return arguments.SESSION_V1 if connection.session.record.proto else arguments.SESSION_V0


def _attached(hub: Hub, connection: Connection) -> None:
    """A session that was detached on this connection is back as soon as the connection speaks for it again."""
    session = connection.session
    if session is None:
        return
    if session.ended:
        raise Refused("Session is no longer active.")
    if session.connection is None:
        attachment.trust(hub, session)
        attachment.attach(hub, session, connection)
        catching.again(hub, session)


def _result(hub: Hub, connection: Connection, identifier: str) -> None:
    """Old peers acknowledge what they are told one by one, in order; any answer will do."""
    number = int(identifier) if identifier.isascii() and identifier.isdigit() and len(identifier) < 20 else 0
    session = connection.session
    if session is None or connection.proto or not 0 < number <= connection.said:
        hub.send(connection, lines.fault("Error", "Received a result for an unknown local request."))
        return
    waiting.acknowledged(hub, session, number)
