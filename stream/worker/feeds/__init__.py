"""Stage ``feeds``: sources are read, and what they have is published; several workers share the sources."""
