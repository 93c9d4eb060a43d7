"""Names that the dashboards, their checks and their provisioning share; without the SDK."""

from __future__ import annotations

TAG = "bellwether"
FOLDER = "Bellwether"
COLUMNS = 24
POSTGRES_UID, PROMETHEUS_UID = "bellwether-postgres", "bellwether-prometheus"
SOURCES = {POSTGRES_UID: "grafana-postgresql-datasource", PROMETHEUS_UID: "prometheus"}
