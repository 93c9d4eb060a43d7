"""Dashboard ``bellwether-overview``."""
