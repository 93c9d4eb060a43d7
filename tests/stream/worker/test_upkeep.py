"""What is loaded when a worker starts is not looked through again, and collections are few."""

import ctypes
import gc
import subprocess
import sys
from typing import NoReturn

import pytest

from stream.worker import upkeep

PROGRAM = """
import gc
from stream.worker.upkeep import settle
loaded = [[number] for number in range(1000)]
settle()
assert not any(one is loaded for one in gc.get_objects())
looked = []
gc.callbacks.append(lambda phase, info: looked.append(phase))
made = [[number] for number in range(5_000)]
assert not looked, looked
print("settled")
"""


def test_what_was_loaded_is_left_out_of_collections() -> None:
    answer = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "settled", answer.stderr


def test_without_glibc_memory_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: None) -> NoReturn:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    before = gc.get_threshold()
    try:
        upkeep.settle()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


HOLES = """
import asyncio
import mmap
from pathlib import Path
from stream.worker.upkeep import GiveBack

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

kept = [bytes(2000) for _ in range(50_000)]
del kept[:-1]  # the last one keeps glibc from giving back what lies below it
before = resident()
assert asyncio.run(GiveBack().tick()) is False
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library is not glibc")
def test_memory_that_is_free_goes_back_to_the_system() -> None:
    answer = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=False)
    assert int(answer.stdout) > 50_000_000, answer.stderr
