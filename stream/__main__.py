"""``python -m stream`` is ``bellwether``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command; a worker's signals are taken before what takes a second to import."""
    try:
        if sys.argv[1:2] == ["worker"]:
            from stream.worker.signals import STOP_SIGNALS

            STOP_SIGNALS.take()
        from stream.cli import main as command

        command()
    except KeyboardInterrupt:  # while it starts: after that, each command says what it stopped
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
