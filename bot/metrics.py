"""What operators watch, in Prometheus' format: counted as it happens, or read when asked.

Labels are few and bounded: services, states, reasons, classes of errors; never members, servers
or words. `docs/operating.md` says what each is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.domain.errors import ErrorClass
from bot.domain.job import JobState
from bot.domain.provenance import Credentials
from bot.services.ports import Ended, UnderWay

# Discord takes a first answer within three seconds, image services take up to minutes.
_ACKNOWLEDGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
_JUDGE_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_CALL_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
_MICRO = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is true when somebody asks.

    `paused` by provider; `connected` by shard, and `latencies`: seconds that Discord takes to
    answer a heartbeat, where that is known.
    """

    now: int
    under_way: Iterable[UnderWay]
    paused: Mapping[str, bool]
    connected: Mapping[int, bool]
    latencies: Mapping[int, float]
    spool_bytes: int
    ready: bool


class Metrics:
    """Every metric of this process (port Measures)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._ended = self._counter(
            "jobs_ended", "Requests that ended.", "provider", "state", "reason"
        )
        self._pictures = self._counter("pictures_posted", "Pictures posted.", "provider")
        self._credits = self._counter("credits_charged", "Credits charged to members.", "provider")
        self._spend = self._counter(
            "spend", "Money that calls cost, in quota.currency.", "provider", "certainty"
        )
        self._calls = Histogram(
            "easel_provider_call_seconds",
            "From the sending of an upstream call to its answer or failure.",
            ["provider"],
            buckets=_CALL_SECONDS,
            registry=self.registry,
        )
        self._errors = self._counter(
            "provider_errors", "Upstream calls that failed.", "provider", "error"
        )
        self._failovers = self._counter(
            "failovers", "Requests that another service took over.", "provider", "to"
        )
        self._judged = Histogram(
            "easel_judge_seconds",
            "From the question to a judge to its answer or failure.",
            ["judge"],
            buckets=_JUDGE_SECONDS,
            registry=self.registry,
        )
        self._verdicts = self._counter(
            "verdicts", "Words and pictures that were judged.", "judge", "verdict"
        )
        self._credentials = self._counter(
            "credentials_checked",
            "Results whose content credentials were checked.",
            "provider",
            "state",
        )
        self._acknowledged = Histogram(
            "easel_acknowledge_seconds",
            "From the making of an interaction to its first answer.",
            buckets=_ACKNOWLEDGE_SECONDS,
            registry=self.registry,
        )
        self._queued = self._gauge("queue_length", "Requests that wait.", "provider")
        self._oldest = self._gauge("queue_age_seconds", "Wait of the oldest of them.", "provider")
        self._running = self._gauge("jobs_running", "Requests being drawn.", "provider")
        self._delivering = self._gauge("jobs_delivering", "Results being posted.", "provider")
        self._held = self._gauge("reviews_waiting", "Results held for staff.", "provider")
        self._pickups = self._gauge("pickups_waiting", "Results to be picked up.", "provider")
        self._paused = self._gauge("provider_paused", "1 while a service is paused.", "provider")
        self._connected = self._gauge(
            "gateway_connected", "1 while a shard is connected to Discord.", "shard"
        )
        self._gateway = self._gauge(
            "gateway_latency_seconds", "Discord's answer to a heartbeat.", "shard"
        )
        self._spool = self._gauge("spool_bytes", "Bytes of pictures under way.")
        self._ready = self._gauge("ready", "1 while /readyz says so.")

    def called(self, provider: str, seconds: float, error: ErrorClass | None) -> None:
        """Count an upstream call."""
        self._calls.labels(provider).observe(seconds)
        if error is not None:
            self._errors.labels(provider, error.value).inc()

    def moved(self, provider: str, to: str) -> None:
        """Count a request that another service takes over."""
        self._failovers.labels(provider, to).inc()

    def judged(self, judge: str, seconds: float, verdict: str) -> None:
        """Count what a judge was asked."""
        self._judged.labels(judge).observe(seconds)
        self._verdicts.labels(judge, verdict).inc()

    def credentials(self, provider: str, found: Credentials) -> None:
        """Count a result whose content credentials were checked."""
        self._credentials.labels(provider, found.value).inc()

    def acknowledged(self, seconds: float) -> None:
        """Count a first answer; Discord's clock may be ahead of ours."""
        self._acknowledged.observe(max(seconds, 0.0))

    def ended(self, job: Ended) -> None:
        """Count a request that reached its end."""
        reason = job.reason.value if job.reason else ""
        self._ended.labels(job.provider, job.state.value, reason).inc()
        self._pictures.labels(job.provider).inc(job.pictures)
        self._credits.labels(job.provider).inc(job.credits)
        self._spend.labels(job.provider, "known").inc(job.known_micro / _MICRO)
        self._spend.labels(job.provider, "unknown").inc(job.perhaps_micro / _MICRO)

    def exposition(self, moment: Moment) -> bytes:
        """Return every metric as text, with what is true at this moment."""
        self._set_queues(moment)
        self._connected.clear()
        self._gateway.clear()
        for shard, connected in moment.connected.items():
            self._connected.labels(str(shard)).set(connected)
        for shard, seconds in moment.latencies.items():
            self._gateway.labels(str(shard)).set(seconds)
        for name, paused in moment.paused.items():
            self._paused.labels(name).set(paused)
        self._spool.set(moment.spool_bytes)
        self._ready.set(moment.ready)
        return generate_latest(self.registry)

    def _set_queues(self, moment: Moment) -> None:
        gauges = (
            *(self._queued, self._oldest, self._running),
            *(self._held, self._delivering, self._pickups),
        )
        for gauge in gauges:
            gauge.clear()
            for name in moment.paused:
                gauge.labels(name)  # nothing waiting is 0, not missing
        by_state = {
            JobState.QUEUED: self._queued,
            JobState.RUNNING: self._running,
            JobState.HELD: self._held,
            JobState.DELIVERING: self._delivering,
        }
        for group in moment.under_way:
            gauge = self._pickups if group.parked else by_state[group.state]
            gauge.labels(group.provider).inc(group.jobs)
            if group.state is JobState.QUEUED:
                self._oldest.labels(group.provider).set(max(moment.now - group.oldest_at, 0))

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"easel_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"easel_{name}", text, labels, registry=self.registry)
