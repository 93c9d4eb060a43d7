"""Grafana dashboards: built in Python, committed as JSON, provisioned from files or pushed to a running Grafana."""

from __future__ import annotations

from importlib import import_module

from stream.errors import SettingsError


def require(module: str) -> None:
    """Make sure that ``module`` of the extra ``grafana`` is there; what only serves documents does without it.

    Raises:
        SettingsError: it is not installed; the message says what to install.
    """
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        package = module.replace("_", "-")
        raise SettingsError(
            f"{package} is not installed; install it with: pip install -e '.[grafana]' in the project's folder"
        ) from error
