"""Training that was passed, each entry on the trail."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from staff.choices import QualificationKind
from staff.models import Qualification, User
from staff.services import notify

VALID_FOR = timedelta(days=365)  # the wall: training is renewed at least once a year


class CannotEnterTraining(Refused):
    """Training is entered once it is passed, by somebody else, and only while it still counts."""

    rule = "CR-47"


@transaction.atomic
def enter_training(*, person: User, passed_on: date, by: User, now: datetime) -> Qualification:
    """The person may hold cases and call until a year after the day they passed (CR-47)."""
    today = timezone.localdate(now)
    person = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    if person == by:
        raise CannotEnterTraining(_("Nobody enters their own training; another administrator must."))
    if passed_on > today:
        raise CannotEnterTraining(_("This day is still to come. Enter training once it is passed."))
    if passed_on + VALID_FOR < today:
        raise CannotEnterTraining(_("Training passed on this day is no longer valid; it is renewed every year."))
    if Qualification.objects.filter(person=person, kind=QualificationKind.TRAINING, passed_on=passed_on).exists():
        raise CannotEnterTraining(_("This training is entered already."))
    row = Qualification.objects.create(person=person, passed_on=passed_on, valid_until=passed_on + VALID_FOR)
    changes = {"person": (None, person), "passed_on": (None, passed_on), "valid_until": (None, row.valid_until)}
    record("qualification.entered", subject=row, by=by, at=now, changes=changes)
    notify([person], gettext_noop("Your training is entered; it is valid until %(day)s."), now=now, day=row.valid_until)
    return row
