"""Dashboard ``bellwether-alert``."""
