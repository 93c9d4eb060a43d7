"""PostgreSQL: alerts, deliveries, minute rows and the detector's state; its tables and their migrations."""
