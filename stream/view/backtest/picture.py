"""What was seen and expected, as SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape

from stream.pipeline.backtest.run import Point
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.units import HOUR

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 170, 46, 24, 10
HOURS = 6 * HOUR
LABELS = 5


def picture(points: Sequence[Point], fired: int, resolved: int | None, counted: str) -> str:
    """Draw the hours around an alert: the expected interval, what was counted, and when the alert was on.

    Args:
        points: of one series and rule, by time.
        fired, resolved: minutes; None where it was still on at the end.
        counted: what the numbers are, for the axis.
    """
    shown = [point for point in points if fired - HOURS <= point.minute <= (resolved or fired) + HOURS]
    if len(shown) < 2:
        return ""
    first, last = shown[0].minute, shown[-1].minute
    top = max(max(point.observed, point.high) for point in shown) * 1.05 or 1.0

    def x(minute: float) -> float:
        return round(LEFT + (minute - first) / max(last - first, 1) * (WIDTH - LEFT - 8), 1)

    def y(value: float) -> float:
        return round(TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM), 1)

    band = [(x(p.minute), y(p.high)) for p in shown] + [(x(p.minute), y(p.low)) for p in reversed(shown)]
    on = x(fired), x(min(resolved or last, last))
    tall = HEIGHT - TOP - BOTTOM
    parts = [
        f'<rect class="on" x="{on[0]}" y="{TOP}" width="{max(on[1] - on[0], 1):.1f}" height="{tall}"/>',
        f'<polygon class="band" points="{_joined(band)}"/>',
        f'<polyline class="expected" points="{_joined([(x(p.minute), y(p.expected)) for p in shown])}"/>',
        f'<polyline class="observed" points="{_joined([(x(p.minute), y(p.observed)) for p in shown])}"/>',
        f'<line class="fired" x1="{on[0]}" x2="{on[0]}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>',
        *(f'<text x="{LEFT - 6}" y="{y(value) + 4}" class="end">{value:.0f}</text>' for value in (0.0, top / 1.05)),
        *(_time(first + (last - first) * step // (LABELS - 1), x) for step in range(LABELS)),
    ]
    label = f"{counted} in the window beside what was expected, around {_clock(fired)}"
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
    return head + "".join(parts) + "</svg>"


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)


def _time(minute: int, x: Callable[[float], float]) -> str:
    # The last label would else be cut at the edge.
    return f'<text x="{min(x(minute), WIDTH - 44)}" y="{HEIGHT - 6}" class="middle">{_clock(minute)}</text>'


def _clock(minute: int) -> str:
    return f"{EPOCH + timedelta(minutes=minute):%d %b %H:%M}"
