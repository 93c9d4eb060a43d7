"""``python -m stream`` is ``bellwether``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command; a worker's signals are taken before what takes a second to import."""
    _open_what_is_closed()
    try:
        if sys.argv[1:2] == ["worker"]:
            from stream.worker.signals import STOP_SIGNALS

            STOP_SIGNALS.take()
        from stream.cli import main as command

        command()
    except KeyboardInterrupt:  # while it starts: after that, each command says what it stopped
        raise SystemExit(130) from None


def _open_what_is_closed() -> None:
    """Open nothing at all as standard input, output and error where they are closed, as some supervisors leave them.

    Else the next files that are opened take their numbers, and libuv ends the process when it closes one of these.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the least number that is free
    # Python has none of its own where they were closed.
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8")
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")


if __name__ == "__main__":
    main()
