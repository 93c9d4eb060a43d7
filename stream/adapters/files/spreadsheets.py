"""Rows of the first sheet of an Excel file (.xlsx, .xlsm), as those of CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from stream.errors import SettingsError

# A file is packed, and what is packed may be a thousand times as much. A million rows of headlines are about 300 MB.
MAX_UNPACKED_BYTES = 1 << 30
_ESCAPED = re.compile("_x000([9AD])_", re.IGNORECASE)  # as Excel writes tabs and ends of lines within a cell


def sheet_rows(file: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each row's number, from 1, and its cells as text without spaces around; an empty cell is empty text.

    Times have the form 2026-11-28T09:30:00, and no zone, since cells have none.

    Raises:
        SettingsError: the file cannot be read, is no such file, or unpacks to more than a gigabyte.
    """
    try:
        with ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise SettingsError(f"{file}: unpacks to over a gigabyte; save it as CSV (UTF-8)")
        book = load_workbook(file, read_only=True, data_only=True)
        try:
            sheet = book.worksheets[0]
            # What a file says of its size may be wrong, and rows and columns beyond it would be lost without a word.
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                yield number, [_text(cell) for cell in cells]
        finally:
            book.close()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror or error}") from error
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, SyntaxError) as error:
        raise SettingsError(f"{file}: no Excel file (.xlsx), or a damaged one; save it as CSV (UTF-8)") from error


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(cell))
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
