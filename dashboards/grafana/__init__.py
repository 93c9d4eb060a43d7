"""A running Grafana: the client, pushing the dashboards there, verifying that they work there."""
