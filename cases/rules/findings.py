"""What the check of a file can find; the words are in cases.wording."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from cases.choices import Severity

SEVERITIES = {
    # The row itself.
    "required_missing": Severity.ERROR, "too_long": Severity.ERROR, "id_form": Severity.ERROR, "id_birth": Severity.ERROR, "id_checksum": Severity.ERROR,
    "lost_precision": Severity.ERROR, "amount_form": Severity.ERROR, "amount_negative": Severity.ERROR, "currency_unknown": Severity.ERROR,
    "date_form": Severity.ERROR, "date_order": Severity.ERROR,
    "amount_parts": Severity.WARNING, "phone_form": Severity.WARNING, "card_luhn": Severity.WARNING, "number_form": Severity.WARNING,
    "foreign_only": Severity.WARNING, "text_cut": Severity.WARNING, "overdue_later": Severity.WARNING, "date_future": Severity.WARNING,
    "birth_differs": Severity.WARNING, "gender_differs": Severity.WARNING, "hidden_row": Severity.WARNING,
    # The row beside the others, and beside what is there already.
    "duplicate_in_file": Severity.ERROR, "case_exists": Severity.ERROR, "join_missing": Severity.ERROR, "join_unknown": Severity.ERROR, "accounts_missing": Severity.ERROR, "accounts_differ": Severity.WARNING,
    "debtor_differs": Severity.WARNING, "debtor_known": Severity.NOTE, "case_returned": Severity.NOTE,
    # A row about a case that is there already: which case, and what it would do to it.
    "case_unknown": Severity.ERROR, "case_ambiguous": Severity.ERROR, "case_ended": Severity.ERROR, "debtor_mismatch": Severity.ERROR,
    "same_row_twice": Severity.ERROR, "account_unknown": Severity.ERROR, "account_unclear": Severity.ERROR, "action_unknown": Severity.ERROR,
    "not_yet": Severity.ERROR, "stopped_by_us": Severity.ERROR, "total_missing": Severity.ERROR, "payment_unknown": Severity.ERROR, "retention_past": Severity.ERROR,
    "name_mismatch": Severity.WARNING, "balance_older": Severity.WARNING, "nothing_owed": Severity.WARNING, "overpaid": Severity.WARNING,
    "paid_after_end": Severity.WARNING, "payment_known": Severity.WARNING, "payment_twice": Severity.WARNING, "rest_waived": Severity.WARNING,
    "retention_shorter": Severity.WARNING,
    "contact_known": Severity.NOTE, "no_change": Severity.NOTE, "payment_in_balance": Severity.NOTE,
    # The file as a whole.
    "control_amount": Severity.ERROR, "control_count": Severity.ERROR,
}  # fmt: skip


# What concerns other clients' cases: for our eyes only, never in a file that goes back to a bank (S06).
OURS_ALONE = ("debtor_known", "debtor_differs")


@dataclass(frozen=True)
class Found:
    """A finding: its code, the field and the column's index (None: none of them), and what its words tell."""

    code: str
    field: str = ""
    index: int | None = None
    values: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def severity(self) -> str:
        return SEVERITIES[self.code]
