"""Dashboard ``bellwether-series``."""
