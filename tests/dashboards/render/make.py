"""Makes pictures of all dashboards, of a demo or of any database.

    cd tests/dashboards/render && npm ci && cd -
    python -m tests.dashboards.render.make --demo --out docs
    python -m tests.dashboards.render.make --postgres postgresql+psycopg://... --out pictures

The first makes the pictures of the documentation: it plays a demo until its crisis begins, publishes the rest of it as
it comes, in its own time, and draws five minutes after the alert has fired.

Panels out of Prometheus are drawn when --prometheus names one.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from dashboards.build import dashboards
from stream.translation import LANGUAGES, choose_language
from stream.view.wording import series_name
from tests.dashboards.frames import connect
from tests.dashboards.holding import Scenario, holding, play_on
from tests.dashboards.prometheus import missing as no_prometheus
from tests.dashboards.prometheus import scraping
from tests.dashboards.render.pictures import Shot, bundle, draw, missing, of_postgres, of_prometheus

WIDTH, MODE = 1280, "dark"
# The alert to show: one that is open, of a company rather than a topic, the newest.
ALERT = """SELECT id, series, fired_at, coalesce(resolved_at, now()) FROM alerts
    ORDER BY status <> 'resolved' DESC, series LIKE 'entry:%' DESC, fired_at DESC"""
STAYS = timedelta(minutes=5)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--postgres", help="SQLAlchemy URL")
    what.add_argument("--demo", action="store_true", help="of a demo whose crisis is played live: some 25 minutes")
    parser.add_argument("--prometheus", help="URL; with --demo one is started, where it is installed")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--hours", type=float, default=6)
    parser.add_argument("--end", type=datetime.fromisoformat, help="now if unset")
    parser.add_argument("--series", help="that of the alert if unset")
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--mode", choices=("dark", "light"), default=MODE)
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="zh needs a font (fonts-noto-cjk)")
    return parser.parse_args()


def _draw_all(options: argparse.Namespace, postgres: str, prometheus: str | None, since: datetime | None) -> None:
    """Draw all dashboards; what Prometheus tells, from ``since`` on."""
    options.out.mkdir(parents=True, exist_ok=True)
    end = options.end or datetime.now(UTC)
    with connect(postgres) as connection:
        alert_id, alerted, fired, resolved = connection.execute(ALERT).fetchone() or ("none", None, end, end)
        connection.rollback()
        series = options.series or alerted or "topic:Stock Movement"
        values = {"series": series, "series:text": series_name(series), "alert_id": alert_id, "stage": "classify"}
        values["name"] = series_name(alerted or "")
        half = timedelta(minutes=30)
        spans = {"bellwether-alert": (fired - half, min(end, resolved + half))}
        spans["bellwether-pipeline"] = (since or end - timedelta(hours=options.hours), end)
        for uid in dashboards():
            start, until = spans.get(uid, (end - timedelta(hours=options.hours), end))
            shot = Shot(uid, start, until, values, options.width, options.mode, options.language)
            results = of_postgres(connection, shot)
            if prometheus:
                results |= of_prometheus(prometheus, shot)
            if results:
                _tell(*draw(shot, results, target := options.out.resolve() / _file_name(shot)), target)


def _file_name(shot: Shot) -> str:
    other = "" if (shot.width, shot.mode) == (WIDTH, MODE) else f"-{shot.width}-{shot.mode}"
    other += "" if shot.language == "en" else f"-{shot.language}"
    return f"{shot.uid.replace('bellwether', 'dashboard')}{other}.png"


def _tell(failures: list[str], size: int, target: Path) -> None:
    print(f"{target}: {size} bytes", *failures, sep="\n  ")


def _draw_the_demo(options: argparse.Namespace) -> None:
    """Play a demo until its crisis is now, and go on live until its alert has been there for some minutes."""
    with holding(Scenario(timedelta(0), days=4, per_day=3000, copies=300)) as held, ExitStack() as stack:
        prometheus, began = None, datetime.now(UTC)
        if no_prometheus() is None:
            client = stack.enter_context(scraping(held.folder, [held.worker.removeprefix("http://")]))
            prometheus = str(client.base_url)
        with connect(held.postgres) as connection:
            play_on(held, lambda: _has_fired(connection))
        _draw_all(options, held.postgres, prometheus, began)


def _has_fired(connection: psycopg.Connection[Any]) -> bool:
    """Whether an alert has been open for so long that there is something to see after it."""
    open_for = connection.execute("SELECT max(now() - created_at) FROM alerts WHERE status <> 'resolved'").fetchone()
    connection.rollback()
    return open_for is not None and open_for[0] is not None and open_for[0] > STAYS


def main() -> None:
    """Draw all dashboards."""
    if problem := missing():
        raise SystemExit(problem)
    options = _options()
    choose_language(options.language)
    bundle()
    if options.demo:
        _draw_the_demo(options)
    else:
        _draw_all(options, options.postgres, options.prometheus, None)


if __name__ == "__main__":
    main()
