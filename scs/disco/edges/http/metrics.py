"""`/metrics`: what the core and the edges count, as Prometheus reads it. Counts nothing itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from scs.disco.core import overview
from scs.disco.edges.serving import Histogram, Serving
from scs.disco.values import Json

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Shown from the start with 0, so that an alert on their growth works from the first time on.
COUNTERS = {
    "auth_failures": "Tokens that were not valid, or missing.",
    "bad_lines": "Lines that could not be put to a command.",
    "budget_exhausted": "Times that sessions stayed because too many had gone silent at once.",
    "coalesced": "Changes that were told later, together with others.",
    "conflations": "Changes that were not told to a slow reader, who got what came of them.",
    "connections_refused": "Connections beyond the limits.",
    "damped": "Endpoints that came and went too often.",
    "detached": "Sessions whose connection ended without a leave.",
    "divergence": "Clients that held something else than they had been told. Has to stay 0.",
    "expired": "Sessions given up by timeout.",
    "held": "Sessions that only the expiry budget kept.",
    "notifications": "Messages about changes to subscribers.",
    "pause_compensations": "Times that deadlines were moved because this process had been stopped.",
    "refused": "Commands that were refused.",
    "resumes_diff": "Resumes answered with what had changed.",
    "resumes_refused": "Resumes of sessions that were not known, or with a wrong secret.",
    "resumes_reset": "Resumes answered with whole sets.",
    "retry_after": "Joins and resumes that were told to come back later.",
    "silent": "Connections ended because nothing was heard.",
    "slow_disconnects": "Connections ended because nothing was read.",
}
# Of several names that begin alike, one metric with a label: prefix -> name, label, help.
LABELLED = {
    "changes_": ("changes", "cause", "Changes of endpoints."),
    "dns_": ("dns_queries", "result", "DNS queries by what came of them."),
    "http_": ("http_requests", "status", "HTTP requests by the class of their status, or why there was none."),
}
GAUGES = {
    "connections": "Connections of the line protocol.",
    "groups": "Different questions that are followed.",
    "pending_groups": "Questions with changes that are still to be told.",
    "ring": "Changes that are remembered for who comes back.",
    "rev": "The revision.",
}


class Metrics:
    def __init__(self, serving: Serving) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Disco(serving))
        ProcessCollector(registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Disco(Collector):
    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking would need the running server."""
        return ()

    def collect(self) -> Iterator[Metric]:
        core = self._serving.core
        status, figures = core.status(), self._serving.figures()
        queued, lag = float(str(figures.pop("queued", 0))), float(str(figures.pop("lag", 0)))
        yield InfoMetricFamily(
            "disco", "Which server this is.", {name: str(status[name]) for name in ("server", "dc", "epoch")}
        )
        yield GaugeMetricFamily("disco_complete", "1 when what is not there is known to be gone.", int(core.complete))
        yield GaugeMetricFamily("disco_write_queue_bytes", "Bytes that peers have not read yet.", queued)
        yield GaugeMetricFamily("disco_loop_lag_seconds", "How late the last tick was.", lag)
        yield self._telling()
        for name, words in GAUGES.items():
            yield GaugeMetricFamily(f"disco_{name}", words, float(str(status[name])))
        yield CounterMetricFamily("disco_pauses", "Times this process was stopped.", float(str(status["pauses"])))
        yield CounterMetricFamily("disco_paused_seconds", "For how long.", float(str(status["paused_seconds"])))
        yield _histogram(
            "disco_telling_seconds", "From a change to the last who was written to.", self._serving.telling
        )
        yield self._sessions()
        yield _by_label(
            "disco_provisions", "Endpoints by state.", "state", cast(Mapping[str, int], status["provisions"])
        )
        yield from _links(cast(list[Json], status["links"]))
        yield from _counted({**core.counters, **_whole(figures)})

    def _telling(self) -> Metric:
        telling = self._serving.telling
        ends = [*map(str, telling.BOUNDS), "+Inf"]
        words = "From a change's arrival until all who are to know were written to."
        return HistogramMetricFamily(
            "disco_notify_seconds",
            words,
            buckets=list(zip(ends, itertools.accumulate(telling.counts), strict=True)),
            sum_value=telling.sum,
        )

    def _sessions(self) -> Metric:
        metric = GaugeMetricFamily("disco_sessions", "Sessions by state and protocol.", labels=["state", "proto"])
        for state, proto, number in overview.sessions_by(self._serving.core.hub):
            metric.add_metric([state, proto], number)
        return metric


def _links(links: list[Json]) -> Iterator[Metric]:
    """Other data centres; none of these metrics where none is followed."""
    labels = ["dc"]
    up = GaugeMetricFamily("disco_link_up", "1 while what a data centre tells is current here.", labels=labels)
    turned = GaugeMetricFamily("disco_link_since_seconds", "Since when it is up or down, Unix time.", labels=labels)
    found = GaugeMetricFamily("disco_link_endpoints", "Endpoints of it that are served here.", labels=labels)
    other = CounterMetricFamily(
        "disco_link_divergence", "Times that we held something else than it had told. Has to stay 0.", labels=labels
    )
    for one in links:
        if one["state"] == "elsewhere":
            continue  # the server that follows it says how that is
        dc = [str(one["dc"])]
        up.add_metric(dc, one["state"] == "up")
        turned.add_metric(dc, float(str(one["since"])))
        found.add_metric(dc, float(str(one["endpoints"])))
        other.add_metric(dc, float(str(one["divergence"])))
    return iter([up, turned, found, other] if links else [])


def _by_label(name: str, words: str, label: str, values: Mapping[str, int]) -> Metric:
    metric = GaugeMetricFamily(name, words, labels=[label])
    for value, number in sorted(values.items()):
        metric.add_metric([value], number)
    return metric


def _histogram(name: str, words: str, values: Histogram) -> Metric:
    """Prometheus counts what took at most so long, all shorter ones included."""
    totals = [float(one) for one in itertools.accumulate(values.counts)]
    bounds = [*map(str, values.BOUNDS), "+Inf"]
    return HistogramMetricFamily(name, words, buckets=list(zip(bounds, totals, strict=True)), sum_value=values.sum)


def _whole(figures: Json) -> dict[str, int]:
    return {name: value for name, value in figures.items() if isinstance(value, int)}


def _counted(counters: Mapping[str, int]) -> Iterator[Metric]:
    plain = dict.fromkeys(COUNTERS, 0)
    labelled = {prefix: CounterMetricFamily(f"disco_{name}", words, labels=[label])
                for prefix, (name, label, words) in LABELLED.items()}  # fmt: skip
    for name, number in sorted(counters.items()):
        prefix = next((one for one in LABELLED if name.startswith(one)), None)
        if prefix is None:
            short = name.removesuffix("_total")
            plain[short] = plain.get(short, 0) + number
        else:
            labelled[prefix].add_metric([name.removeprefix(prefix)], number)
    for name, number in plain.items():
        yield CounterMetricFamily(f"disco_{name}", COUNTERS.get(name, "Counted by the server."), number)
    yield from labelled.values()
