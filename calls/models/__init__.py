from calls.models.core import Bilingual, CallStepReview, Category, ContactRecord, FieldReview, FilteringReview, Outcome, Promise
from calls.models.dialling import CallEvent, CallIssue, Dial
from calls.models.talk import QuickText, RecordAmendment, Referral

__all__ = [
    "Bilingual",
    "CallEvent",
    "CallIssue",
    "CallStepReview",
    "Category",
    "ContactRecord",
    "Dial",
    "FieldReview",
    "FilteringReview",
    "Outcome",
    "Promise",
    "QuickText",
    "RecordAmendment",
    "Referral",
]
