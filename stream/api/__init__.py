"""The HTTP API: what the command line does with alerts, for programs. Off unless a file of tokens is named."""
