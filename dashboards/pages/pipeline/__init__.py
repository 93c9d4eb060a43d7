"""Dashboard ``bellwether-pipeline``."""
