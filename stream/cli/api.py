"""``bellwether api``: tokens of the HTTP API, and its document."""

from __future__ import annotations

from typing import Annotated

import typer

from stream.api.tokens import Role, new_token

app = typer.Typer(
    no_args_is_help=True,
    help="The HTTP API, which the worker's stage notify runs when BELLWETHER_API_TOKENS names a file of tokens.",
)


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who will hold it; stands as the author of what they do.")],
    role: Annotated[
        Role, typer.Option(help="read; act: acknowledge, silence, retry, ...; or publish: documents, nothing else.")
    ] = Role.READ,
) -> None:
    """Make a token. It is printed once, on standard error, and kept nowhere; its line of the file goes to standard
    output: `bellwether api token ann --role act >> tokens`.
    """
    token, line = new_token(name, role)
    typer.echo(f"token of {name}, for Authorization: Bearer ... : {token}", err=True)
    typer.echo(line)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document, as the API serves it under /v1/openapi.json."""
    import msgspec

    from stream.api.openapi import document

    typer.echo(msgspec.json.format(msgspec.json.encode(document()), indent=2).decode())
