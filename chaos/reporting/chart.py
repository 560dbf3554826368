"""The geometry of a scenario's timeline picture: fault windows over operations per second over latencies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal

from chaos.evidence.history import Conclusion
from chaos.reporting.summary import FaultSummary, ScenarioSummary, Timeline

WIDTH = 1120.0
LEFT, RIGHT = 196.0, 1104.0
LANE = 24.0
RATE_HEIGHT = 84.0
LATENCY_HEIGHT = 132.0
GAP = 30.0
EVENT_ROW = 15.0
CONCLUSIONS: tuple[Conclusion, ...] = ("ok", "fail", "info")
STEPS_MS = tuple(scale * unit for unit in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000) for scale in (1, 2, 5))


@dataclass(frozen=True)
class Box:
    """A rectangle; `kind` chooses how it is drawn."""

    x: float
    y: float
    width: float
    height: float
    kind: str = ""


@dataclass(frozen=True)
class Mark:
    """A point in a fault's life, or an event of the scenario: where, and what to say of it."""

    x: float
    y: float
    kind: str
    title: str
    anchor: Literal["start", "end"] = "start"


@dataclass(frozen=True)
class Lane:
    """One fault: its label, its window, and the marks on it."""

    y: float
    step: str
    label: str
    windows: tuple[Box, ...]
    marks: tuple[Mark, ...]
    note: str


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Everything the template draws, in units of a picture WIDTH wide and `height` high."""

    height: float
    lanes: tuple[Lane, ...]
    events: tuple[Mark, ...]
    shades: tuple[Box, ...]
    rate_top: float
    rate_max: str
    bars: tuple[Box, ...]
    latency_top: float
    latency_ticks: tuple[Tick, ...]
    dots: dict[Conclusion, str]  # one path each
    time_ticks: tuple[Tick, ...]
    every: int
    left: float = LEFT
    right: float = RIGHT
    width: float = WIDTH
    rate_height: float = RATE_HEIGHT
    latency_height: float = LATENCY_HEIGHT


def draw(scenario: ScenarioSummary) -> Chart | None:
    """The scenario's timeline; None when nothing was called."""
    timeline = scenario.timeline
    if timeline is None:
        return None
    events = tuple(_events(scenario, timeline))
    lanes_top = EVENT_ROW * len(events) + 10
    lanes = tuple(_lane(fault, timeline, lanes_top + LANE * row) for row, fault in enumerate(scenario.faults))
    rate_top = lanes_top + LANE * len(lanes) + GAP
    latency_top = rate_top + RATE_HEIGHT + GAP
    per_second, bars = _bars(timeline, rate_top)
    ticks, dots = _latencies(timeline, latency_top)
    height = latency_top + LATENCY_HEIGHT + 34
    return Chart(
        height=height,
        lanes=lanes,
        events=events,
        shades=tuple(_shades(scenario.faults, timeline, lanes_top, latency_top + LATENCY_HEIGHT - lanes_top)),
        rate_top=rate_top,
        rate_max=f"{per_second:g}/s",
        bars=bars,
        latency_top=latency_top,
        latency_ticks=ticks,
        dots=dots,
        time_ticks=tuple(_time_ticks(timeline)),
        every=timeline.every,
    )


def span(ms: float) -> str:
    """A duration for people: "340 ms", "2.45 s", "3 min 5 s"."""
    ms = round(ms)
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 60_000:
        return f"{ms / 1_000:.3g} s"
    return f"{ms // 60_000} min {ms % 60_000 // 1_000} s"


def _x(timeline: Timeline, at_ms: float) -> float:
    share = (at_ms - timeline.from_ms) / (timeline.to_ms - timeline.from_ms)
    return round(LEFT + min(max(share, 0), 1) * (RIGHT - LEFT), 1)


def _since_start(timeline: Timeline, at_ms: int) -> str:
    return f"{(at_ms - timeline.from_ms) / 1_000:+.3f} s"


# --- faults --------------------------------------------------------------------------------------------------------


def _lane(fault: FaultSummary, timeline: Timeline, y: float) -> Lane:
    at = {"injected": fault.injected_at_ms, "healed": fault.healed_at_ms, "ready": fault.ready_at_ms}
    seen = next((one.at_ms for one in fault.observations if one.shows_effect), None)
    middle = y + LANE / 2
    marks = tuple(
        Mark(_x(timeline, time), middle, kind, f"{fault.step}: {kind} {_since_start(timeline, time)}")
        for kind, time in (*at.items(), ("observed", seen))
        if time is not None
    )
    return Lane(
        y=y,
        step=fault.step,
        label=_fit(f"{fault.fault} → {fault.target}"),
        windows=tuple(_windows(fault, timeline, y)),
        marks=marks,
        note=_note(fault),
    )


def _note(fault: FaultSummary) -> str:
    if fault.injected_at_ms is None:
        return "never injected"
    if not fault.shows_effect:
        return "no effect seen"
    return "never healed" if fault.healed_at_ms is None else ""


def _windows(fault: FaultSummary, timeline: Timeline, y: float) -> Iterator[Box]:
    if fault.injected_at_ms is None:
        return
    healed = fault.healed_at_ms or timeline.to_ms
    left, right = _x(timeline, fault.injected_at_ms), _x(timeline, healed)
    yield Box(left, y + 5, max(right - left, 2), LANE - 10, "seen" if fault.shows_effect else "unseen")
    if fault.ready_at_ms and fault.ready_at_ms > healed:
        yield Box(right, y + LANE / 2 - 2, _x(timeline, fault.ready_at_ms) - right, 4, "recovering")


def _fit(text: str, length: int = 27) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _shades(faults: Sequence[FaultSummary], timeline: Timeline, y: float, height: float) -> Iterator[Box]:
    """Where at least one fault was on, without overlaps."""
    windows = sorted(
        (_x(timeline, fault.injected_at_ms), _x(timeline, fault.healed_at_ms or timeline.to_ms))
        for fault in faults
        if fault.injected_at_ms is not None
    )
    reached = LEFT
    for left, right in windows:
        if right > reached:
            start = max(left, reached)
            yield Box(start, y, round(right - start, 1), height)
            reached = right


def _events(scenario: ScenarioSummary, timeline: Timeline) -> Iterator[Mark]:
    named = (
        (scenario.load_ended_at_ms, "load ended"),
        (scenario.healed_at_ms, "all healed"),
        (scenario.converged_at_ms, "converged"),
        (scenario.steady_at_ms, "steady again"),
    )
    row = 0
    for at_ms, name in named:
        if at_ms is not None:
            row += 1
            x = _x(timeline, at_ms)
            title = f"{name} {_since_start(timeline, at_ms)}"
            yield Mark(x, EVENT_ROW * row, "event", title, "end" if x > (LEFT + RIGHT) / 2 else "start")


# --- operations ----------------------------------------------------------------------------------------------------


def _bars(timeline: Timeline, top: float) -> tuple[float, tuple[Box, ...]]:
    """The scale's end in operations per second, and the stacked bars."""
    counts = (timeline.ok, timeline.fail, timeline.info)
    most = max(sum(bucket) for bucket in zip(*counts, strict=True))
    per_second = _round_up(most * 1_000 / timeline.bucket_ms)
    unit = RATE_HEIGHT * 1_000 / timeline.bucket_ms / per_second
    bars = []
    for number, bucket in enumerate(zip(*counts, strict=True)):
        left = _x(timeline, timeline.from_ms + number * timeline.bucket_ms)
        right = _x(timeline, timeline.from_ms + (number + 1) * timeline.bucket_ms)
        y = top + RATE_HEIGHT
        for kind, count in zip(CONCLUSIONS, bucket, strict=True):
            if count:
                y -= count * unit
                bars.append(Box(left, round(y, 1), max(round(right - left - 1, 1), 1), round(count * unit, 1), kind))
    return per_second, tuple(bars)


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 …"""
    return next((step for step in STEPS_MS if step >= value), value)


def _latencies(timeline: Timeline, top: float) -> tuple[tuple[Tick, ...], dict[Conclusion, str]]:
    """The decades of the logarithmic axis, and a line for every operation from when it was asked to its end."""
    longest = max((latency for _, latency, _ in timeline.operations), default=1)
    shortest = min((latency for _, latency, _ in timeline.operations), default=1)
    low = int(log10(max(shortest, 1)))
    decades = max(1, int(log10(max(longest, 1))) + 1 - low)

    def y(latency: int) -> float:
        return round(top + LATENCY_HEIGHT * (1 - (log10(max(latency, 1)) - low) / decades), 1)

    paths: dict[Conclusion, list[str]] = {conclusion: [] for conclusion in CONCLUSIONS}
    for invoked, latency, conclusion in timeline.operations:
        left = _x(timeline, timeline.from_ms + invoked)
        right = _x(timeline, timeline.from_ms + invoked + latency)
        paths[conclusion].append(f"M{left:g} {y(latency):g}h{right - left:.3g}")
    ticks = tuple(Tick(y(10**power), span(10**power)) for power in range(low, low + decades + 1))
    return ticks, {conclusion: "".join(path) for conclusion, path in paths.items()}


def _time_ticks(timeline: Timeline) -> Iterator[Tick]:
    length = timeline.to_ms - timeline.from_ms
    step = next((step for step in STEPS_MS if length / step <= 10), length)
    for at in range(0, length + 1, step):
        yield Tick(_x(timeline, timeline.from_ms + at), f"{at / 1_000:g} s")
