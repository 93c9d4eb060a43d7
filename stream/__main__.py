"""``python -m stream`` is ``bellwether``."""

from stream.cli import main

main()
