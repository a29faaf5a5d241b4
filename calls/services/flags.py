"""Contact with the debtor is lost: said only when the attempts prove it (CR-10). The other flags are `compliance.services.flags`."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.selectors.past import attempts_to_reach
from cases.models import Case, Debtor, Phone
from compliance.choices import FlagKind
from compliance.models import CaseFlag
from compliance.selectors import gate_view
from compliance.services.flags import raise_flag
from staff.models import User


@transaction.atomic
def raise_lost(*, case_id: int, evidence: str, by: User, now: datetime) -> CaseFlag:
    """The case is one of lost contact, if it is proven today; the proof is kept with the evidence."""
    case = Case.objects.select_related("client").get(pk=case_id)
    phones = Phone.objects.filter(contact__case=case).select_related("contact").defer("number")
    loss = gate_view(case, phones, attempts_to_reach(Debtor(pk=case.debtor_id), now=now), by=by, now=now).loss
    proof = f" [CR-10 {timezone.localdate(now)}: {loss.failures}/{loss.days}]" if loss.is_proven and evidence.strip() else ""
    return raise_flag(case_id=case_id, kind=FlagKind.LOST, evidence=f"{evidence.strip()}{proof}", by=by, now=now, is_proven=loss.is_proven)
