"""How long the queries of the dashboards take, on a month of an invented stream."""
