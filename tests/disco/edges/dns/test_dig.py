"""What `dig` (apt: bind9-dnsutils) is answered over UDP and TCP."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from scs.disco.edges.dns.listening import Dns
from scs.disco.edges.dns.records import Domain
from scs.disco.edges.places import Place
from scs.disco.edges.serving import CannotServe
from scs.disco.settings import Settings
from tests.disco.edges import rig

DIG = shutil.which("dig") or "/usr/bin/dig"
WEB = "web.blog.dev.scs.internal"
SOA = "scs.internal. 1 IN SOA ns.scs.internal. hostmaster.scs.internal. {rev} 60 10 60 1"


@dataclass(frozen=True)
class Told:
    status: str
    flags: list[str]
    answer: list[str]
    authority: list[str]
    additional: list[str]
    transport: str


@dataclass(frozen=True)
class Server:
    provider: rig.Provider
    port: int

    async def dig(self, *words: str) -> Told:
        process = await asyncio.create_subprocess_exec(
            DIG, "@127.0.0.1", "-p", str(self.port), "+norec", "+tries=1", "+time=3", *words,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out = (await process.communicate())[0].decode()
        status, flags = re.search(r"status: (\w+)", out), re.search(r"flags: ([a-z ]*);", out)
        transport = re.search(r"\((UDP|TCP)\)\n;; WHEN", out)
        assert status is not None, out
        assert flags is not None
        assert transport is not None

        def section(name: str) -> list[str]:
            found = re.search(rf";; {name} SECTION:\n(.*?)\n\n", out, re.DOTALL)
            return [" ".join(line.split()) for line in found[1].splitlines()] if found else []

        answer, authority, additional = (section(name) for name in ("ANSWER", "AUTHORITY", "ADDITIONAL"))
        return Told(status[1], flags[1].split(), answer, authority, additional, transport[1])

    async def values(self, *words: str) -> list[str]:
        return sorted(line.split(" ", 4)[4] for line in (await self.dig(*words)).answer)


@contextlib.asynccontextmanager
async def server(settings: Settings = rig.SETTINGS, domain: Domain | None = None) -> AsyncIterator[Server]:
    edge = Dns([Place(host="127.0.0.1")], domain or Domain())
    async with rig.serving(edge, settings=settings) as serving:
        yield Server(rig.Provider(serving), edge.places[0].port)


def test_a_name_has_the_addresses_of_its_endpoints_for_two_seconds() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "192.0.2.1")
            one.provider.provide("b", "192.0.2.2")
            one.provider.provide("c", "2001:db8::3")
            told = await one.dig(f"http.{WEB}")
            assert (told.status, told.flags, told.transport) == ("NOERROR", ["qr", "aa"], "UDP")
            assert sorted(told.answer) == [f"http.{WEB}. 2 IN A 192.0.2.1", f"http.{WEB}. 2 IN A 192.0.2.2"]
            assert (await one.dig(f"http.{WEB}", "AAAA")).answer == [f"http.{WEB}. 2 IN AAAA 2001:db8::3"]
            assert sorted((await one.dig(f"http.{WEB}", "+tcp")).answer) == sorted(told.answer)

    rig.run(test())


def test_a_service_has_ports_weights_and_the_addresses_of_its_targets() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "192.0.2.1", 8001, weight=5)
            one.provider.provide("b", "2001:db8::3", 8002)
            told = await one.dig(f"_http._tcp.{WEB}", "SRV")
            six = "ip-2001-0db8-0000-0000-0000-0000-0000-0003.addr.scs.internal."
            assert sorted(told.answer) == [
                f"_http._tcp.{WEB}. 2 IN SRV 0 1 8002 {six}",
                f"_http._tcp.{WEB}. 2 IN SRV 0 5 8001 ip-192-0-2-1.addr.scs.internal.",
            ]
            assert sorted(told.additional) == [
                "ip-192-0-2-1.addr.scs.internal. 2 IN A 192.0.2.1",
                f"{six} 2 IN AAAA 2001:db8::3",
            ]
            assert await one.values("ip-192-0-2-1.addr.scs.internal") == ["192.0.2.1"]
            assert await one.values(six, "AAAA") == ["2001:db8::3"]

    rig.run(test())


def test_what_is_nearer_comes_first_in_services_and_alone_in_addresses() -> None:
    async def test() -> None:
        async with server(domain=Domain(dc="", zone="a")) as one:
            one.provider.provide("here", "192.0.2.1", dc="", zone="a")
            one.provider.provide("beside", "192.0.2.2", dc="", zone="b")
            one.provider.provide("far", "192.0.2.3", dc="ams", zone="a")
            assert await one.values(f"_http._tcp.{WEB}", "SRV") == [
                "0 1 80 ip-192-0-2-1.addr.scs.internal.",
                "1 1 80 ip-192-0-2-2.addr.scs.internal.",
                "2 1 80 ip-192-0-2-3.addr.scs.internal.",
            ]
            assert await one.values(f"http.{WEB}") == ["192.0.2.1", "192.0.2.2"]

    rig.run(test())


def test_no_such_name_and_no_such_type_are_told_apart() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "192.0.2.1")
            there = [
                f"http.{WEB}",
                WEB,
                "blog.dev.scs.internal",
                "dev.scs.internal",
                f"_tcp.{WEB}",
                "addr.scs.internal",
            ]
            for name in (*there, f"_http._udp.{WEB}", f"zone--x.http.{WEB}", "ip-192-0-2-1.addr.scs.internal"):
                told = await one.dig(name, "AAAA")
                assert (name, told.status, told.answer) == (name, "NOERROR", [])
                assert told.authority == [SOA.format(rev=1)]
            gone = [f"smtp.{WEB}", "web.blog.prod.scs.internal", "prod.scs.internal", f"_smtp._tcp.{WEB}"]
            odd = [f"x.http.{WEB}", f"_http._xxx.{WEB}", f"a_b.{WEB}", "ip-1-2-3.addr.scs.internal", f"_x.http.{WEB}"]
            for name in gone + odd:
                told = await one.dig(name)
                assert (name, told.status, told.authority) == (name, "NXDOMAIN", [SOA.format(rev=1)])

    rig.run(test())


def test_while_warming_up_what_is_there_is_told_and_what_is_not_is_not_denied() -> None:
    async def test() -> None:
        async with server(rig.WARMING) as one:
            one.provider.provide("a", "192.0.2.1")
            assert await one.values(f"http.{WEB}") == ["192.0.2.1"]
            # Resolvers that ask for both would take a failure of one for a failure of all.
            assert (await one.dig(f"http.{WEB}", "AAAA")).status == "NOERROR"
            for name in (f"smtp.{WEB}", f"zone--x.http.{WEB}", "prod.scs.internal"):
                told = await one.dig(name)
                assert (name, told.status, told.flags, told.authority) == (name, "SERVFAIL", ["qr"], [])

    rig.run(test())


def test_changes_are_seen_by_the_next_query_whatever_was_kept() -> None:
    async def test() -> None:
        async with server() as one:
            assert (await one.dig(f"http.{WEB}")).status == "NXDOMAIN"
            one.provider.provide("a", "192.0.2.1")
            assert await one.values(f"http.{WEB}") == ["192.0.2.1"]
            one.provider.provide("b", "192.0.2.2")
            assert await one.values(f"http.{WEB}") == ["192.0.2.1", "192.0.2.2"]
            one.provider.drop("a")
            assert await one.values(f"http.{WEB}") == ["192.0.2.2"]
            one.provider.lost()  # suspect, and all there is
            assert await one.values(f"http.{WEB}") == ["192.0.2.2"]
            rig.Provider(one.provider.serving).provide("c", "192.0.2.3")
            assert await one.values(f"http.{WEB}") == ["192.0.2.3"]

    rig.run(test())


def test_what_does_not_fit_is_cut_and_comes_whole_over_tcp() -> None:
    async def test() -> None:
        async with server() as one:
            for number in range(30):
                one.provider.provide(f"u{number}", f"192.0.2.{number}")
            told = await one.dig(f"http.{WEB}", "+ignore")
            assert (told.flags, len(told.answer), told.transport) == (["qr", "aa", "tc"], 8, "UDP")
            told = await one.dig(f"http.{WEB}")
            assert (told.flags, len(told.answer), told.transport) == (["qr", "aa"], 30, "TCP")

    rig.run(test())


def test_an_asker_without_edns_gets_no_more_than_512_bytes() -> None:
    async def test() -> None:
        async with server() as one:
            for number in range(8):
                one.provider.provide(f"u{number}", f"2001:db8:{number}::1")
            told = await one.dig(f"_http._tcp.{WEB}", "SRV", "+noedns", "+ignore")
            assert (told.flags, told.additional) == (["qr", "aa", "tc"], [])
            assert 0 < len(told.answer) < 8
            told = await one.dig(f"_http._tcp.{WEB}", "SRV", "+ignore")
            assert (told.flags, len(told.answer)) == (["qr", "aa"], 8)

    rig.run(test())


def test_labels_in_front_are_tests_of_attributes() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "192.0.2.1", attributes={"tier": "gold", "ver": "1.2"})
            one.provider.provide("b", "192.0.2.2", attributes={"tier": "iron"}, zone="z1")
            assert await one.values(f"tier--gold.http.{WEB}") == ["192.0.2.1"]
            assert await one.values(f"zone--z1.tier--iron.http.{WEB}") == ["192.0.2.2"]
            assert await one.values(f"ver--1\\.2.http.{WEB}") == ["192.0.2.1"]
            assert await one.values(f"tier--iron._http._tcp.{WEB}", "SRV") == ["1 1 80 ip-192-0-2-2.addr.scs.internal."]

    rig.run(test())


def test_an_address_that_is_a_name_is_told_as_one() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "db.example.org")
            told = await one.dig(f"http.{WEB}")
            assert told.answer == [f"http.{WEB}. 2 IN CNAME db.example.org."]
            told = await one.dig(f"_http._tcp.{WEB}", "SRV")
            assert (told.answer, told.additional) == ([f"_http._tcp.{WEB}. 2 IN SRV 0 1 80 db.example.org."], [])
            one.provider.provide("b", "192.0.2.1")  # a name may not stand beside addresses
            assert await one.values(f"http.{WEB}") == ["192.0.2.1"]

    rig.run(test())


def test_letters_come_back_in_the_case_in_which_they_were_asked() -> None:
    async def test() -> None:
        async with server() as one:
            one.provider.provide("a", "192.0.2.1")
            for name in ("hTTp.WEB.blog.Dev.SCS.internal", "HttP.weB.BLOG.dEv.scs.INTERNAL"):
                assert (await one.dig(name)).answer == [f"{name}. 2 IN A 192.0.2.1"]

    rig.run(test())


def test_what_is_not_ours_is_refused_and_the_domain_has_its_own_records() -> None:
    async def test() -> None:
        async with server() as one:
            for words in (["example.org"], ["."], ["scs.internal", "CH", "TXT"]):
                assert (await one.dig(*words)).status == "REFUSED"
            assert await one.values("scs.internal", "NS") == ["ns.scs.internal."]
            assert await one.values("scs.internal", "SOA") == ["ns.scs.internal. hostmaster.scs.internal. 0 60 10 60 1"]
            assert (await one.dig("scs.internal", "+edns=1", "+noednsneg")).status == "BADVERS"
            assert (await one.dig("scs.internal", "+opcode=notify")).status == "NOTIMP"

    rig.run(test())


def test_an_address_that_everybody_can_reach_is_refused() -> None:
    async def test() -> None:
        for host in ("0.0.0.0", "8.8.8.8", "::"):
            edge = Dns([Place(host=host)], Domain())
            with pytest.raises(CannotServe, match="tells everybody who asks"):
                async with rig.serving(edge):
                    pass

    rig.run(test())


def test_a_port_that_is_taken_is_named() -> None:
    async def test() -> None:
        async with server() as one:
            with pytest.raises(
                CannotServe, match=rf"cannot listen on 127.0.0.1:{one.port} for DNS: Address already in use"
            ):
                async with rig.serving(Dns([Place(host="127.0.0.1", port=one.port)], Domain())):
                    pass

    rig.run(test())
