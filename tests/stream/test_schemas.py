"""The committed JSON Schemas are those of the code."""

import json
from pathlib import Path

import pytest

from stream import schemas

FOLDER = Path(schemas.__file__).parent


@pytest.mark.parametrize("file", schemas.DESCRIBED)
def test_the_committed_schema_is_that_of_the_code(file: str) -> None:
    assert json.loads((FOLDER / file).read_text()) == schemas.json_schema(file)


def test_every_committed_schema_is_made_from_code() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {*schemas.DESCRIBED, "openapi.json"}
