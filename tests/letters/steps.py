"""Steps of a letter's way that several tests take."""

from datetime import timedelta

from duties.models import Duty
from letters import services
from tests.factories import MONDAY_9AM

LATER = MONDAY_9AM + timedelta(hours=2)


def ask(case, demand, address, by, **fields):
    return services.request_letter(**{"case": case, "template": demand, "address": address, "reason": "电话无人接听", "by": by, "now": MONDAY_9AM} | fields)


def send(letter, by, number="EA123456789CN", carrier="ems"):
    return services.dispatch_letter(letter_id=letter.pk, carrier=carrier, tracking_no=number, by=by, now=LATER)


def duty_of(letter, kind):
    return Duty.objects.about(letter).get(kind_id=kind)
