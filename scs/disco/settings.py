"""Every limit and time of disco, with its default. Times are seconds, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one peer may ask for. What goes beyond is refused with a message that names the limit."""

    line: int = 256 * 1024
    connections: int = 20_000
    connections_per_host: int = 500
    sessions: int = 80_000  # with those that are away; of one host, those may be twice its connections
    joins_per_second: float = 2_000  # joins and resumes; beyond it peers are told when to come back
    provisions: int = 1_000
    requirements: int = 1_000
    attributes: int = 32
    attribute_name: int = 64
    attribute_value: int = 256
    address: int = 1_024
    in_flight: int = 64
    pattern: int = 256
    filter_patterns: int = 4  # of those that are no plain texts; also of a session:
    patterns: int = 16
    filter_values: int = 64
    timeout: float = 3_600
    uid: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When what is sent, expected and given up."""

    join: float = 10  # from accept to join
    v0_beat: float = 22
    v0_dead: float = 60
    v1_beat: float = 3
    v1_dead: float = 10
    v1_timeout: float = 10  # from suspect to dropped
    grace: float = 30  # after a start: who comes back keeps what it had
    blocked: float = 30  # a peer that does not read is cut off
    pause: float = 1  # a longer silence of our own caller means that we were stopped
    settle: float = 1  # after a pause, before anybody is given up
    max_hold: float = 900  # beyond the budget, suspects stay so long
    tick: float = 0.25  # how often the edge calls `tick`, whether or not anything is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """How many sessions of a data centre may be given up by timeout in a window."""

    window: float = 60
    share: float = 0.15
    least: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Damping:
    """When an endpoint comes and goes too often, and until when its return is told late."""

    penalty: float = 1_000
    half_life: float = 60
    suppress: float = 3_000
    reuse: float = 750
    ceiling: float = 12_000
    settle: float = 1.5  # a damped endpoint that is back has to stay so long before it is shown
    remembered: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalescing:
    """How often a group's subscribers are told: the first changes at once, then so many times a second."""

    burst: float = 5
    rate: float = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a disco server is told at its start."""

    server: str = "disco"
    dc: str = ""
    external: bool = False  # commits go through a store: see `Propose`
    federated: tuple[str, ...] = ()  # data centres whose endpoints are served here too
    open: bool = True  # no tokens: everybody may do everything (loopback only; the edge sees to that)
    ring: int = 65_536
    ring_bytes: int = 16 * 1024 * 1024
    tombstones: int = 10_000
    limits: Limits = field(default_factory=Limits)
    times: Times = field(default_factory=Times)
    expiry: Expiry = field(default_factory=Expiry)
    damping: Damping = field(default_factory=Damping)
    coalescing: Coalescing = field(default_factory=Coalescing)
