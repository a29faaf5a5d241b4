"""Everything about one case, for the desk and for the case's page: masked, in the order it is worked."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from assignment.models import Assignment, FilteringTask
from calls.choices import PromiseState, ReviewState
from calls.models import Category, ContactRecord, Promise
from calls.selectors import Filtering, filtering_of
from calls.selectors.past import DayCounts, day_counts
from cases.choices import STEP_OF_RELATION, Relation, Verification
from cases.discretion import HIDDEN
from cases.models import Address, Case, CaseAccount, Contact, Phone, RegistryRequest
from cases.rules.amounts import band_of, mask_amounts, mask_value
from collection.lib.money import format_money
from compliance.choices import PolicyKey, TargetClass
from compliance.models import CaseFlag, Verdict
from compliance.rules.contact import Objection, objections
from compliance.rules.layers import strictest
from compliance.rules.limitation import Limitation
from compliance.selectors import GateView, gate_view, limitation_of, objection_text, script_for, target_of
from letters.models import Letter
from staff.models import User
from workbench.rules import contradicts, fill, mask_numbers, next_bill_on, opening_and_body, stage_span
from workbench.selectors.case_rows import SHOWN, People, Records, accounts_of, other_cases_of, people_of, records_and_promise_of
from workbench.selectors.discretion import hides_debt
from workbench.selectors.timeline import Line, timeline_of
from workbench.words import limitation_words

SUMMED_UP = 3


@dataclass(frozen=True)
class PhoneView:
    phone: Phone
    attempts: int
    objections: list[Objection]

    @property
    def reasons(self) -> list[dict[str, str]]:
        return [{"rule": row.rule, "text": objection_text(row.as_plain())} for row in self.objections]


@dataclass(frozen=True)
class ContactView:
    contact: Contact
    step: str
    is_third_party: bool
    phones: list[PhoneView]
    addresses: list[Address]


class CaseView:
    """One case as this person sees it at this moment. What isn't asked for isn't read."""

    def __init__(self, case: Case, *, user: User, now: datetime, is_discreet: bool = False) -> None:
        """The case comes from `case_found`. `is_discreet`: the debt is hidden from who calls until identity is confirmed."""
        self.case, self.user, self.now, self.today = case, user, now, timezone.localdate(now)
        self.is_discreet = is_discreet

    @cached_property
    def is_masked(self) -> bool:
        """Whether no amount is told (CR-17)."""
        return self.is_discreet and hides_debt(self.case, is_mine=self.is_mine, is_in_review=self._is_in_review)

    @property
    def hides_bank(self) -> bool:
        """Whether nothing at all of the debt is shown, nor whose it is: a third party is on the line (CR-12)."""
        return self.is_discreet and self.is_mine and self.case.third_party_is_on

    @property
    def band(self) -> str:
        """Roughly how much is owed, to plan by while the amount is withheld."""
        return str(band_of(self.case.balance).label)

    @property
    def category(self) -> str:
        """How the case was classified, by the category's name."""
        return str(Category.objects.filter(pk=self.case.category).first() or self.case.category) if self.case.category else ""

    @property
    def warning(self) -> str:
        return mask_amounts(self.case.warning) if self.is_masked else self.case.warning

    @property
    def _is_in_review(self) -> bool:
        """To be filtered, and not classified yet: the fields are read, and there is somebody to ask first."""
        if not self.filtering:
            return False
        return self.filtering.review is None or self.filtering.review.state != ReviewState.CLASSIFIED

    def told(self, amount: Decimal, currency: str = "CNY") -> str:
        return HIDDEN if self.is_masked else format_money(amount, currency)

    def _told_if_any(self, amount: Decimal | None, currency: str = "CNY") -> str:
        return "—" if amount is None else self.told(amount, currency)

    @property
    def balance(self) -> str:
        return self.told(self.case.balance)

    @property
    def account_rows(self) -> list[dict[str, Any]]:
        """The accounts as a page shows them: no amount stands in them that may not be told."""
        names = ("owed", "principal", "interest", "fees", "last_paid_amount")
        return [{"account": account} | {name: self._told_if_any(getattr(account, name), account.currency) for name in names} for account in self.accounts]

    @property
    def other_rows(self) -> list[dict[str, Any]]:
        return [{"case": other, "owed": self.told(other.balance)} for other in self.other_cases]

    @property
    def promised(self) -> str:
        return self._told_if_any(self.promise.amount if self.promise else None)

    @cached_property
    def assignment(self) -> Assignment | None:
        return getattr(self.case, "held", None)

    @property
    def is_mine(self) -> bool:
        return self.assignment is not None and self.assignment.collector_id == self.user.pk

    @property
    def task(self) -> FilteringTask | None:
        """The filtering task that the case is still in."""
        task = self.assignment.filtering_task if self.assignment else None
        return task if task is not None and task.state == "open" else None

    @cached_property
    def accounts(self) -> list[CaseAccount]:
        return accounts_of(self.case)

    @cached_property
    def limitation(self) -> Limitation:
        """How the limitation of the debt stands (CR-34); the case comes from `with_interruption`."""
        return limitation_of(self.accounts, self.case.interrupted_on, self.today)

    @property
    def limitation_words(self) -> dict[str, str]:
        return limitation_words(self.limitation)

    @cached_property
    def other_cases(self) -> list[Case]:
        """The same debtor's other cases, as far as this person may see them."""
        return other_cases_of(self.case, self.user)

    @cached_property
    def people(self) -> People:
        return people_of(self.case)

    @cached_property
    def gate(self) -> GateView:
        return gate_view(self.case, self.people.phones, self.counts.to_reach, by=self.user, now=self.now)

    @cached_property
    def counts(self) -> DayCounts:
        return day_counts(self.case, {phone.number_index for phone in self.people.phones}, now=self.now)

    def limit(self, key: str) -> int | None:
        found = strictest(self.gate.limits, key)
        return found.figure if found else None

    @property
    def attempts_limit(self) -> int | None:
        return self.limit(PolicyKey.ATTEMPTS_PER_NUMBER)

    @property
    def effective_limit(self) -> int | None:
        return self.limit(PolicyKey.EFFECTIVE_PER_DAY)

    @cached_property
    def contacts(self) -> list[ContactView]:
        """In the call order of A3.2, each number with what the gate would say of it now."""
        return [self._contact_view(contact) for contact in self.people.contacts]

    def _contact_view(self, contact: Contact) -> ContactView:
        phones = [phone for phone in self.people.phones if phone.contact_id == contact.pk]
        return ContactView(
            contact=contact,
            step=STEP_OF_RELATION[contact.relation],
            is_third_party=target_of(contact) == TargetClass.THIRD_PARTY,
            phones=[self._phone_view(contact, phone) for phone in phones],
            addresses=[address for address in self.people.addresses if address.contact_id == contact.pk],
        )

    def _phone_view(self, contact: Contact, phone: Phone) -> PhoneView:
        counts = self.counts.of(phone)
        found = objections(self.gate.facts(contact, phone, counts, self.now), self.gate.limits)
        return PhoneView(phone, counts.attempts_today, found)

    @property
    def unverified(self) -> int:
        people = self.people
        rows = [*people.phones, *people.addresses, *(contact for contact in people.contacts if contact.relation != Relation.SELF)]
        return sum(row.verification == Verification.PENDING for row in rows)

    @cached_property
    def filtering(self) -> Filtering | None:
        return filtering_of(self.task, self.case, self.gate, self.people.phones, unverified=self.unverified) if self.task else None

    @cached_property
    def _records(self) -> Records:
        return records_and_promise_of(self.case)

    @property
    def records(self) -> list[ContactRecord]:
        return self._records.shown

    @property
    def promise(self) -> Promise | None:
        """The latest promise, open or not; it says whether this person may still amend it."""
        if promise := self._records.promise:
            promise.may_amend = promise.state == PromiseState.OPEN and self._may_amend(promise.record)
        return promise

    @property
    def summary(self) -> list[ContactRecord]:
        """What the next call opens with (C3.3); each says whether this person may still amend it."""
        rows = self.records[:SUMMED_UP]
        for row in rows:
            row.may_amend = self._may_amend(row)
        return rows

    def _may_amend(self, row: ContactRecord) -> bool:
        minutes = self.limit(PolicyKey.AMEND_MINUTES) or 0
        return row.collector_id == self.user.pk and self.now <= row.ended_at + timedelta(minutes=minutes)

    @property
    def promise_policy(self) -> dict[str, int | None]:
        keys = {"max_days": PolicyKey.PROMISE_DAYS, "least": PolicyKey.PROMISE_LEAST, "max_in_row": PolicyKey.PROMISES_IN_ROW}
        return {name: self.limit(key) for name, key in keys.items()}

    @cached_property
    def flags(self) -> list[dict[str, Any]]:
        """What holds dunning or asks for care; one raised on another case of the debtor shows its kind only."""
        return [flag_shape(flag, self.case) for flag in self.gate.open_flags]

    @cached_property
    def letters(self) -> list[Letter]:
        return list(Letter.objects.filter(case=self.case).select_related("template", "requested_by", "address").order_by("-pk")[:SHOWN])

    @cached_property
    def registry_requests(self) -> list[RegistryRequest]:
        return list(RegistryRequest.objects.filter(case=self.case).defer("answer").select_related("requested_by").order_by("-pk")[:SHOWN])

    @property
    def extra(self) -> list[dict[str, str]]:
        rows = [(header, mask_numbers(str(text))) for header, text in self.case.extra.items()]
        return [{"header": header, "text": mask_value(header, text) if self.is_masked else text} for header, text in rows]

    @property
    def meanings(self) -> list[str]:
        """What the case's figures mean for this person (A3.2: every field is interpreted)."""
        case, found = self.case, []
        if span := stage_span(case.stage):
            first, last = span
            days = f"{first}–{last}" if last else f"≥ {first}"
            found.append(_("%(stage)s stands for %(days)s days overdue.") % {"stage": case.stage, "days": days})
        if contradicts(case.stage, case.overdue_days):
            found.append(_("Stage and days overdue (%(days)s) contradict each other: ask the data specialist.") % {"days": case.overdue_days})
        for account in self.accounts:
            found += self._meanings_of(account)
        if case.due_back_on:
            found.append(_("The case goes back on %(day)s, in %(days)s days.") % {"day": case.due_back_on, "days": (case.due_back_on - self.today).days})
        return found

    def _meanings_of(self, account: CaseAccount) -> list[str]:
        end, found = account.card_last4 or "—", []
        if account.last_paid_on:
            days = (self.today - account.last_paid_on).days
            paid = self.told(account.last_paid_amount, account.currency) if account.last_paid_amount is not None else "—"
            found.append(_("Card %(end)s: last paid %(amount)s, %(days)s days ago.") % {"end": end, "amount": paid, "days": days})
        if account.bill_day:
            found.append(_("Card %(end)s: next bill on %(day)s.") % {"end": end, "day": next_bill_on(account.bill_day, self.today)})
        return found

    @cached_property
    def timeline(self) -> list[Line]:
        """All that happened, the latest first."""
        lines = timeline_of(self.case, self.records, self.told)
        return [replace(line, text=mask_amounts(line.text)) for line in lines] if self.is_masked else lines


def flag_shape(flag: CaseFlag, case: Case) -> dict[str, Any]:
    """A flag as it is shown on this case."""
    own = flag.case_id == case.pk
    shape = {"id": flag.pk, "kind": flag.kind, "label": flag.get_kind_display(), "raised_at": flag.raised_at, "is_of_this_case": own}
    return shape | {"evidence": flag.evidence if own else "", "raised_by": flag.raised_by.name if own else ""}


def script_of(verdict: Verdict, *, by: User) -> dict[str, str]:
    """What this caller says in this call (E13): the opening, and for the debtor what follows once identity is verified (CR-17).

    The values of a third party's script hold nothing of the debt (CR-12).
    """
    case, target = verdict.case, target_of(verdict.contact)
    script = script_for(case.client, target, verdict.at)
    if script is None:
        return {"title": "", "opening": "", "body": ""}
    values = {"company": settings.AGENCY_NAME, "staff_no": by.staff_no, "name": case.debtor.name}
    if target == TargetClass.DEBTOR:
        values |= {
            "bank": case.client.name,
            "amount": format_money(case.balance),
            "balance_on": f"{case.balance_on}",
            "overdue_days": str(case.overdue_days if case.overdue_days is not None else "—"),
            "payee": case.client.payee_words(timezone.localdate(verdict.at)),
            "bank_phone": case.client.service_phone,
        }
    opening, body = opening_and_body(script.text)
    return {"title": str(script), "opening": fill(opening, values), "body": fill(body, values)}
