"""The import (A1.2, annex 2): start → read → map → check → commit, and undo. Each step is one service; the row of the import is the job.

start_import and confirm_mapping, mend_cell, skip_rows, commit_import … are what a person does; read_import, check_import, write_import and
undo_import are the long work, done by whoever claims the import, again after a killed worker, with one result.
"""

from cases.services.imports.checking import check_import
from cases.services.imports.mapping import SheetChoice, choose_header, choose_kind, confirm_mapping
from cases.services.imports.mending import accept_totals, mend_cell, skip_rows, take_rows_back
from cases.services.imports.reading import read_import
from cases.services.imports.runs import CannotImport, cancel_import, start_import, unlock_file
from cases.services.imports.undoing import ask_undo, undo_import
from cases.services.imports.writing import commit_import, write_import

__all__ = [
    "CannotImport",
    "SheetChoice",
    "accept_totals",
    "ask_undo",
    "cancel_import",
    "check_import",
    "choose_header",
    "choose_kind",
    "commit_import",
    "confirm_mapping",
    "mend_cell",
    "read_import",
    "skip_rows",
    "start_import",
    "take_rows_back",
    "undo_import",
    "unlock_file",
    "write_import",
]
