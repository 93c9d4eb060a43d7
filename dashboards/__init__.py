"""Grafana dashboards for Bellwether."""
