"""Where all is installed, as for CI, a test that is skipped is a test that fails.

``PYTEST_ALLOWED_SKIPS`` says for which reason alone a test may be skipped: a part of its text; empty: for none. Where
the variable is not set, every test may be skipped.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

ALLOWED = "PYTEST_ALLOWED_SKIPS"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Look at a test."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _look(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Look at a file."""
    report = yield
    _look(report)
    return report


def _look(report: pytest.TestReport | pytest.CollectReport) -> None:
    allowed = os.environ.get(ALLOWED)
    if not report.skipped or allowed is None or not isinstance(report.longrepr, tuple):
        return
    file, line, reason = report.longrepr
    if not (allowed and allowed in reason):
        report.outcome = "failed"
        report.longrepr = f"{file}:{line}: {reason}. {ALLOWED} does not let this be skipped"
