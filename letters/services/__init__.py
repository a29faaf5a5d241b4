"""What a person can do with a letter. The names below are the app's contract with the other apps."""

from letters.services.catching_up import catch_up
from letters.services.flow import approve_letter, approve_letters, ask_again, cancel_letter, refuse_letter, refuse_letters, request_letter, send_back_letter
from letters.services.holds import release_hold
from letters.services.mailing import correct_tracking, dispatch_letter
from letters.services.papers import end_paper, enter_paper, retire_image, upload_image
from letters.services.photos import add_photo
from letters.services.printing import work_on_next_run
from letters.services.quality import amend_quality_form, fill_day_form, fill_quality_form
from letters.services.quality_forms import save_quality_form
from letters.services.rectifying import answer_rectification, judge_rectification
from letters.services.results import ask_after_silent, book_delivery, book_results, book_return, return_words
from letters.services.runs import allow_another_try, cancel_print_run, reprint_letter, start_print_run
from letters.services.sampling import save_sampling
from letters.services.templates import approve_template, retire_template, reuse_template, save_template

__all__ = [
    "add_photo",
    "allow_another_try",
    "amend_quality_form",
    "answer_rectification",
    "approve_letter",
    "approve_letters",
    "approve_template",
    "ask_after_silent",
    "ask_again",
    "book_delivery",
    "book_results",
    "book_return",
    "cancel_letter",
    "cancel_print_run",
    "catch_up",
    "correct_tracking",
    "dispatch_letter",
    "end_paper",
    "enter_paper",
    "fill_day_form",
    "fill_quality_form",
    "judge_rectification",
    "refuse_letter",
    "refuse_letters",
    "release_hold",
    "reprint_letter",
    "request_letter",
    "retire_image",
    "retire_template",
    "return_words",
    "reuse_template",
    "save_quality_form",
    "save_sampling",
    "save_template",
    "send_back_letter",
    "start_print_run",
    "upload_image",
    "work_on_next_run",
]
