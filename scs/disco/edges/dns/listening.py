"""DNS over UDP and TCP with asyncio: limits of peers, nothing of names."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from typing import cast

from scs.disco.edges.dns.answering import Answering
from scs.disco.edges.dns.records import Domain
from scs.disco.edges.places import Place
from scs.disco.edges.serving import CannotServe, Serving

QUERIES_PER_SECOND = 1_000  # of one address over UDP; loopback is not counted
CONNECTIONS = 250
OF_ONE = 50  # that are one address's, unless it is this machine's
IDLE = 10.0


class Dns:
    """An `Edge`: answers on each of these addresses, over UDP and TCP. Port 0 is any, the same for both."""

    def __init__(self, listen: Sequence[Place], domain: Domain) -> None:
        self.places: list[Place] = []  # where it answers
        self.connections: set[_Stream] = set()
        self.files = CONNECTIONS + len(listen) * 4
        self._listen = listen
        self._domain = domain
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._servers: list[asyncio.Server] = []

    async def start(self, serving: Serving) -> None:
        self.answering = Answering(serving.core, self._domain, serving.counters)
        for place in self._listen:
            if not serving.insecure and not _inside(place.host):
                raise CannotServe(
                    f"{place} can be reached from everywhere, and DNS tells everybody who asks what is provided: "
                    "give --dns a loopback or private address, or --insecure where the network is trusted"
                )
            try:
                for host in await self._addresses(place.host):
                    await self._bind(host, place.port)
            except OSError as error:
                await self.stop()
                why = os.strerror(error.errno) if error.errno else str(error)
                raise CannotServe(f"cannot listen on {place} for DNS: {why}") from None
        where = ", ".join(map(str, self.places))
        serving.note("info", f"answering DNS for {self._domain.text} on {where}")

    async def _addresses(self, host: str) -> list[str]:
        """One socket of each kind for each of them: a name may be several."""
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    async def _bind(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Stream(self), host, port)
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self.answering, loop.time), local_addr=(host, port)
        )
        self._datagrams.append(transport)
        self.places.append(Place(host=host, port=port))

    def too_many(self, host: str) -> bool:
        return sum(one.host == host for one in self.connections) > OF_ONE and not _loopback(host)

    async def stop(self) -> None:
        for transport in self._datagrams:
            transport.close()
        for server in self._servers:
            server.close()
        for stream in list(self.connections):
            stream.abort()


def _inside(host: str) -> bool:
    """Loopback, or an address that is used within a network only."""
    try:
        ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host == "localhost"
    return ip.is_private and not ip.is_unspecified


def _loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering, clock: Callable[[], float]) -> None:
        self._answering = answering
        self._clock = clock
        self._second = 0
        self._asked: Counter[str] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._too_many(addr[0]):
            reply = self._answering.refused_for_now(data)
        else:
            reply = self._answering.answer(data, udp=True)
        if reply is not None:
            self._transport.sendto(reply, addr)

    def error_received(self, _exc: Exception) -> None:
        """Somebody is gone before the answer came: nothing to do about it."""

    def _too_many(self, host: str) -> bool:
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._asked.clear()
        self._asked[host] += 1
        return self._asked[host] > QUERIES_PER_SECOND and not _loopback(host)


class _Stream(asyncio.Protocol):
    """One connection: queries with their lengths in front, answered in their order."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns
        self._buffer = bytearray()
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(IDLE, self.abort)
        self.host = str(transport.get_extra_info("peername")[0])
        self._dns.connections.add(self)
        if len(self._dns.connections) > CONNECTIONS or self._dns.too_many(self.host):
            self.abort()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._timer.cancel()
        self._dns.connections.discard(self)

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._answer()

    def eof_received(self) -> bool:
        return False  # what was asked was answered: its end is not read while it does not read

    def pause_writing(self) -> None:
        """It asks without reading: nothing more is read of it until it does."""
        self._full = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._full = False
        self._transport.resume_reading()
        self._answer()

    def _answer(self) -> None:
        while len(self._buffer) >= 2 and not self._full:
            end = 2 + int.from_bytes(self._buffer[:2])
            if len(self._buffer) < end:
                return
            reply = self._dns.answering.answer(bytes(self._buffer[2:end]), udp=False)
            del self._buffer[:end]
            if reply is None:
                self.abort()
                return
            self._transport.write(len(reply).to_bytes(2) + reply)
            self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(IDLE, self.abort)
