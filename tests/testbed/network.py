"""The cables of the test bed: bridge, namespaces, addresses, firewall rules; starts no engine.

Hosts of one lane reach one another over the lane's bridge, and the rest of the world (the package mirror)
through the machine, which hides them behind its own address.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from tests.testbed import commands, names

BENCHMARK_NET = IPv4Network("198.18.0.0/15")
RESOLV_CONF = Path("/etc/resolv.conf")
SYSTEMD_RESOLV_CONF = Path("/run/systemd/resolve/resolv.conf")
"""Where systemd-resolved names the servers behind its own 127.0.0.53."""

IPTABLES_NAT = ("iptables", "--wait", "--table", "nat", "--append")

Rule = tuple[str, ...]


def taken() -> list[IPv4Network]:
    """The networks inside 198.18.0.0/15 that the machine already knows."""
    routes = json.loads(commands.check(["ip", "-json", "-4", "route", "show", "table", "all"]))
    found = (IPv4Network(route["dst"]) for route in routes if route["dst"][0].isdecimal())
    return [network for network in found if network.subnet_of(BENCHMARK_NET)]


def raise_lane(lane: names.Lane) -> None:
    """Make the lane's bridge and let its hosts through the machine's firewall."""
    _ip(
        f"link add {lane.bridge} type bridge",
        f"addr add {lane.gateway}/{lane.subnet.prefixlen} dev {lane.bridge}",
        f"link set {lane.bridge} up",
    )
    for table, *rule in rules(lane):
        commands.check(["iptables", "--wait", "--table", table, *rule])


def rules(lane: names.Lane) -> list[Rule]:
    """The lane's firewall rules. Accepting comes first: another engine may drop what it does not know."""
    mark = ("-m", "comment", "--comment", lane.mark)
    subnet = str(lane.subnet)
    return [
        ("filter", "-I", "FORWARD", "-i", lane.bridge, *mark, "-j", "ACCEPT"),
        ("filter", "-I", "FORWARD", "-o", lane.bridge, *mark, "-j", "ACCEPT"),
        ("nat", "-A", "POSTROUTING", "-s", subnet, "!", "-o", lane.bridge, *mark, "-j", "MASQUERADE"),
    ]


def marked_rules(lane: names.Lane) -> list[Rule]:
    """The lane's rules that are in force, each as its table and what appended it."""
    found = (
        (table, *shlex.split(line))
        for table in ("filter", "nat")
        for line in commands.check(["iptables", "--wait", "--table", table, "--list-rules"]).splitlines()
    )
    return [rule for rule in found if lane.mark in rule]


def seat(place: names.Seat) -> None:
    """Make the namespace of a host, with its address, a way out and a way to the name servers."""
    lane = place.lane
    commands.check(["ip", "netns", "add", place.name])
    _ip(
        f"link add {place.name} type veth peer name eth0 netns {place.name}",
        f"link set {place.name} master {lane.bridge} up",
    )
    _ip(
        "link set lo up",
        f"addr add {place.address}/{lane.subnet.prefixlen} dev eth0",
        "link set eth0 up",
        f"route add default via {lane.gateway}",
        namespace=place.name,
    )
    for argv in redirects(local_resolvers(RESOLV_CONF), resolvers()):
        commands.check(["nsenter", f"--net={place.namespace}", "--", *argv])


def _nameservers(path: Path) -> list[IPv4Address]:
    """The IPv4 name servers that a resolv.conf names."""
    lines = path.read_text().splitlines() if path.exists() else []
    rows = (line.split() for line in lines)
    named = (row[1] for row in rows if len(row) > 1 and row[0] == "nameserver")
    return [IPv4Address(address) for address in named if ":" not in address]


def local_resolvers(path: Path) -> list[IPv4Address]:
    """The name servers on a loopback address, which a host of its own cannot reach."""
    return [address for address in _nameservers(path) if address.is_loopback]


def resolvers(places: Iterable[Path] = (RESOLV_CONF, SYSTEMD_RESOLV_CONF)) -> list[IPv4Address]:
    """The name servers that hosts and containers can reach."""
    places = tuple(places)
    found = [address for path in places for address in _nameservers(path) if not address.is_loopback]
    if not found:
        where = " and ".join(map(str, places))
        raise commands.BedError(f"no name server outside of this machine in {where}: hosts cannot resolve")
    return list(dict.fromkeys(found))


def redirects(local: Iterable[IPv4Address], upstream: list[IPv4Address]) -> list[list[str]]:
    """Commands, run in a host's namespace, that lead questions for a local name server to an outer one."""
    target = ["-j", "DNAT", "--to-destination", str(upstream[0])]
    lead = [
        [*IPTABLES_NAT, "OUTPUT", "-d", str(address), "-p", protocol, "--dport", "53", *target]
        for address in local
        for protocol in ("udp", "tcp")
    ]
    if not lead:
        return []
    leave = [*IPTABLES_NAT, "POSTROUTING", "-s", "127.0.0.0/8", "-o", "eth0", "-j", "MASQUERADE"]
    # The kernel takes an address of 127.0.0.0/8 for a mistake on a cable, unless told otherwise.
    allow = ["sh", "-c", "echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet"]
    return [allow, *lead, leave]


def links(prefix: str) -> list[str]:
    """The machine's links whose name is or begins with the name of a lane or a seat."""
    shown = json.loads(commands.check(["ip", "-json", "link", "show"]))
    return [link["ifname"] for link in shown if _is_of(link["ifname"], prefix)]


def namespaces(prefix: str) -> list[str]:
    """The named namespaces of a lane or a seat."""
    folder = Path("/run/netns")
    found = folder.iterdir() if folder.exists() else iter(())
    return sorted(entry.name for entry in found if _is_of(entry.name, prefix))


def _is_of(name: str, prefix: str) -> bool:
    """Whether a name is the prefix or a seat's in it: `scsbed1h2` is of `scsbed1`, `scsbed12` is not."""
    return name == prefix or name.startswith(f"{prefix}h")


def unseat(name: str) -> None:
    """Take away a host's namespace and cable, as far as they are there."""
    for link in links(name):
        commands.check(["ip", "link", "delete", link])
    for namespace in namespaces(name):
        commands.check(["ip", "netns", "delete", namespace])


def lower_lane(lane: names.Lane) -> None:
    """Take away the lane's namespaces, cables, bridge and rules, as far as they are there."""
    for namespace in namespaces(lane.bridge):
        unseat(namespace)
    for link in links(lane.bridge):
        commands.check(["ip", "link", "delete", link])
    for table, _, *rule in marked_rules(lane):
        commands.check(["iptables", "--wait", "--table", table, "--delete", *rule])


def _ip(*lines: str, namespace: str = "") -> None:
    where = ["-netns", namespace] if namespace else []
    commands.check(["ip", *where, "-batch", "-"], stdin="\n".join(lines) + "\n")
