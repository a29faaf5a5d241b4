"""The import (A1.2, annex 2): start → read → map → check → commit, and undo. Each step is one service; the row of the placement is the job.

start_import and confirm_mapping, mend_cell, skip_rows, commit_placement … are what a person does; read_placement, check_placement and
write_placement are the long work, done by whoever claims the placement, again after a killed worker, with one result.
"""

from cases.services.imports.checking import check_placement, mend_cell, skip_rows, take_rows_back
from cases.services.imports.mapping import confirm_mapping
from cases.services.imports.reading import read_placement
from cases.services.imports.runs import CannotImport, cancel_import, start_import, unlock_file
from cases.services.imports.undoing import undo_placement
from cases.services.imports.writing import commit_placement, write_placement

__all__ = [
    "CannotImport",
    "cancel_import",
    "check_placement",
    "commit_placement",
    "confirm_mapping",
    "mend_cell",
    "read_placement",
    "skip_rows",
    "start_import",
    "take_rows_back",
    "undo_placement",
    "unlock_file",
    "write_placement",
]
