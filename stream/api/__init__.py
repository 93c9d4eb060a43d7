"""The HTTP API: what the command line does with alerts, for programs. Off unless a file of tokens is named."""

from stream.api.server import Api, create_app

__all__ = ["Api", "create_app"]
