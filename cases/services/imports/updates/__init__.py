"""Banks' other files: balances, payments, recalls, retentions, warnings, earlier records, contacts (anchors 4.1).

Same way as placements: read, mapped, checked, written by the run. Each row names a case (matching), is looked at beside what the case is
and what the file's earlier rows do to it (checking), and counts when all of them are written in one transaction (writing). What a row
does is planned by the book of its kind (`cases.services.books`): the preview plans and does not save. Updates are not undone: what was
wrong is put right by a new file of the bank.
"""

from cases.choices import FileKind
from cases.services.balances import BalanceBook
from cases.services.books import Book
from cases.services.contacts import ContactBook
from cases.services.notes import RecordBook, WarningBook
from cases.services.payments import PaymentBook
from cases.services.recalls import RecallBook, RetentionBook

BOOKS: dict[str, type[Book]] = {
    FileKind.BALANCE: BalanceBook,
    FileKind.PAYMENT: PaymentBook,
    FileKind.RECALL: RecallBook,
    FileKind.RETENTION: RetentionBook,
    FileKind.WARNING: WarningBook,
    FileKind.RECORD: RecordBook,
    FileKind.CONTACT: ContactBook,
}
