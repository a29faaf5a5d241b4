"""Letters asked for together, a rule, a carrier's file with a wrong line, a second address, a letter set aside: through their services."""

from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from cases.choices import AddressKind, Source
from cases.models import Address, Case
from letters.choices import Carrier, FileKind, LetterState
from letters.models import MOST_TRIES, Letter, LetterTemplate
from letters.services.batches import ask_for_letters, work_on_batch
from letters.services.carrier_files import read_carrier_file
from letters.services.letter_rules import save_rule
from workbench.demo.agency import Agency


class Post:
    def __init__(self, agency: Agency) -> None:
        self.agency = agency

    def tell(self, now: datetime) -> None:
        self._second_address()
        self._rules(now)
        self._batch(now)
        self._file(now)
        self._set_aside()

    def _second_address(self) -> None:
        """Where the letter that came back may go instead, and one that still lacks its city."""
        for letter in Letter.objects.filter(state=LetterState.RETURNED).select_related("address__contact")[:1]:
            contact = letter.address.contact
            Address.objects.create(
                contact=contact, text="浙江省杭州市西湖区文一西路188号3幢502室", kind=AddressKind.WORK, source=Source.CLIENT_FILE, postcode="310012"
            )
            Address.objects.create(contact=contact, text="人民路9号", kind=AddressKind.BILLING, source=Source.DEBTOR)

    def _rules(self, now: datetime) -> None:
        demand = LetterTemplate.objects.filter(client=None, kind="demand", is_active=True).earliest("pk")
        given = {"client": None, "template": demand, "overdue_over": None, "by": self.agency["lead1"], "now": now}
        save_rule(name="M3 失联催告", stages=["M3"], lost_contact=True, balance_over=None, quiet_days=30, is_daily=True, **given)
        save_rule(name="三十天未寄函且余额过五万", stages=[], lost_contact=False, balance_over=50_000, quiet_days=30, is_daily=False, **given)

    def _batch(self, now: datetime) -> None:
        """Four cases of one collector; one has an address that no carrier finds."""
        by = self.agency["collector3"]
        held = Case.objects.filter(assignments__collector=by, assignments__ended_at=None, letters=None, stopped_at=None, state="working")
        cases = list(held.order_by("-pk")[:4])
        if not cases:
            return
        Address.objects.filter(contact__case=cases[0]).update(text="姑苏区青禾街", verification="pending")
        demand = LetterTemplate.objects.filter(client=None, kind="demand", is_active=True).earliest("pk")
        batch = ask_for_letters(case_ids=[case.pk for case in cases], template=demand, reason="多次电话未接，批量寄函", by=by, now=now)
        work_on_batch(batch_id=batch.pk, clock=lambda: now)

    def _file(self, now: datetime) -> None:
        lines = ["函件编号,邮件号码"]
        numbers = ("RR473124829CN", "RR473124798CN")
        lines += [
            f"{letter.number},{number}" for letter, number in zip(Letter.objects.filter(state=LetterState.RENDERED).order_by("pk"), numbers, strict=False)
        ]
        lines.append("2026-999999,XA99000001543")
        upload = SimpleUploadedFile("邮局回执-示例.csv", "\n".join(lines).encode("utf-8-sig"))
        read_carrier_file(kind=FileKind.TRACKING, carrier=Carrier.CHINA_POST, upload=upload, by=self.agency["office1"], now=now)

    def _set_aside(self) -> None:
        """As three failed tries leave a letter."""
        for letter in Letter.objects.filter(state=LetterState.APPROVED).order_by("-pk")[:1]:
            letter.attempts, letter.failure = MOST_TRIES, "timeout"
            letter.save(update_fields=["attempts", "failure"])
