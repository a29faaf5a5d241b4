"""What a person can do with a letter. The names below are the app's contract with the other apps."""

from letters.services.flow import approve_letter, approve_letters, cancel_letter, refuse_letter, request_letter, send_back_letter
from letters.services.mailing import book_delivery, book_return, dispatch_letter
from letters.services.printing import start_print_run, work_on_next_run
from letters.services.quality import fill_quality_form, mark_rectified, save_quality_form
from letters.services.templates import retire_template, save_template

__all__ = [
    "approve_letter",
    "approve_letters",
    "book_delivery",
    "book_return",
    "cancel_letter",
    "dispatch_letter",
    "fill_quality_form",
    "mark_rectified",
    "refuse_letter",
    "request_letter",
    "retire_template",
    "save_quality_form",
    "save_template",
    "send_back_letter",
    "start_print_run",
    "work_on_next_run",
]
