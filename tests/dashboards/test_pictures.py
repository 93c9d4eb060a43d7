"""The panels drawn with Grafana's own components, where those and a browser are installed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.build import committed
from stream.embedded import Postgres
from tests.dashboards.filling import LOUD, OPEN_ALERT, fill
from tests.dashboards.frames import connect
from tests.dashboards.render.pictures import Shot, bundle, draw, missing, of_postgres
from tests.postgres import create_database

pytestmark = pytest.mark.slow


@pytest.mark.skipif(missing() is not None, reason=missing() or "all is there")
def test_grafanas_components_draw_every_panel(postgres: Postgres, template: str, tmp_path: Path) -> None:
    url, now = create_database(postgres, template=template), datetime.now(UTC)
    fill(url, now)
    bundle()
    with connect(url) as connection:
        for uid in sorted(committed().keys() - {"bellwether-pipeline"}):
            values = {"series": LOUD, "alert_id": OPEN_ALERT}
            shot = Shot(uid, now - timedelta(hours=6), now, values)
            failures, size = draw(shot, of_postgres(connection, shot), tmp_path / f"{uid}.png")
            assert failures == []
            # A page that draws nothing compresses to some thousand bytes.
            assert size > 40_000
