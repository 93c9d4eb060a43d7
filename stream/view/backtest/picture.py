"""What was counted and expected, as SVG that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape

from stream.pipeline.backtest.rule_run import Point
from stream.pipeline.documents.document import EPOCH
from stream.pipeline.units import HOUR
from stream.translation import _

# In units of the picture, which grows with the page.
WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP = 760, 170, 46, 8, 24, 10
AROUND = 6 * HOUR  # minutes that are shown before an alert and after it
LABELS = 5
HEADROOM = 1.05  # so that the highest count does not touch the edge


@dataclass(frozen=True, slots=True)
class _Scale:
    """From minutes and counts to places in the picture: ``first`` to ``last``, and 0 to ``top``."""

    first: int
    last: int
    top: float

    @classmethod
    def of(cls, points: Sequence[Point]) -> _Scale:
        top = max(max(point.observed, point.high) for point in points) * HEADROOM
        return cls(points[0].minute, points[-1].minute, top or 1.0)

    def x(self, minute: float) -> float:
        return round(LEFT + (minute - self.first) / max(self.last - self.first, 1) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, count: float) -> float:
        return round(TOP + (1 - count / self.top) * (HEIGHT - TOP - BOTTOM), 1)

    def path(self, places: Iterable[tuple[int, float]]) -> str:
        return " ".join(f"{self.x(minute)},{self.y(count)}" for minute, count in places)


def picture(points: Sequence[Point], fired: int, resolved: int | None, counted: str) -> str:
    """Draw the hours around an alert: the expected interval, what was counted, and when the alert was on.

    Args:
        points: of one series and rule, by time.
        fired, resolved: minutes since 1970; None where it was still on at the end.
        counted: what the numbers are, for who hears the picture read out.

    Returns:
        The SVG; nothing where there are no two points to draw a line between.
    """
    shown = [point for point in points if fired - AROUND <= point.minute <= (resolved or fired) + AROUND]
    if len(shown) < 2:
        return ""
    scale = _Scale.of(shown)
    words = _("{counted} in the window beside what was expected, around {time}")
    label = words.format(counted=counted, time=_clock(fired))
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
    end = min(resolved or scale.last, scale.last)
    return "".join(
        [head, _alert(scale, fired, end), *_curves(scale, shown), _fired(scale, fired), *_axes(scale), "</svg>"]
    )


def _alert(scale: _Scale, fired: int, end: int) -> str:
    left, right = scale.x(fired), scale.x(end)
    wide, tall = max(right - left, 1), HEIGHT - TOP - BOTTOM
    return f'<rect class="on" x="{left}" y="{TOP}" width="{wide:.1f}" height="{tall}"/>'


def _curves(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    high = [(point.minute, point.high) for point in points]
    low = [(point.minute, point.low) for point in reversed(points)]
    yield f'<polygon class="band" points="{scale.path([*high, *low])}"/>'
    yield f'<polyline class="expected" points="{scale.path((point.minute, point.expected) for point in points)}"/>'
    yield f'<polyline class="observed" points="{scale.path((point.minute, point.observed) for point in points)}"/>'


def _fired(scale: _Scale, fired: int) -> str:
    x = scale.x(fired)
    return f'<line class="fired" x1="{x}" x2="{x}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'


def _axes(scale: _Scale) -> Iterator[str]:
    for count in (0.0, scale.top / HEADROOM):
        yield f'<text x="{LEFT - 6}" y="{scale.y(count) + 4}" class="end">{count:.0f}</text>'
    for step in range(LABELS):
        minute = scale.first + (scale.last - scale.first) * step // (LABELS - 1)
        # The last label would else be cut at the edge.
        x = min(scale.x(minute), WIDTH - 44)
        yield f'<text x="{x}" y="{HEIGHT - 6}" class="middle">{_clock(minute)}</text>'


def _clock(minute: int) -> str:
    return (EPOCH + timedelta(minutes=minute)).strftime(_("%d %b %H:%M"))
