"""Whose letters, print runs and quality forms a person may see, and the small reads that pages and services share."""

import hashlib
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.db.models import Case as Choice
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from assignment.selectors import cases_visible_to
from audit.models import AuditEvent
from cases.choices import Relation, Verification
from cases.models import Address, Case, Client, Payee
from cases.models.case import in_teams
from collection.lib.errors import Refused
from collection.lib.regions import place_of
from duties.models import Duty
from letters.choices import SENT, ImageKind, LetterKind, LetterState
from letters.layout import Layout
from letters.markup import NO_PICTURES, Pictures
from letters.models import Letter, LetterBatch, LetterImage, LetterNumber, LetterTemplate, PrintRun
from letters.printing.pictures import data_url
from letters.rules import number_text
from staff.choices import Role
from staff.models import User
from staff.selectors import teams_led_by

APPROVED_ON = (LetterState.APPROVED, LetterState.RENDERING, LetterState.RENDERED, *SENT)


def letters_visible_to(user: User) -> QuerySet[Letter]:
    """All for the GM office; what is approved for the admin office; what was sent for quality and the supply chain; the team's
    for a lead; for a collector what concerns the cases they hold now: who lost a case lost its letters too, own requests included."""
    if user.has_role(Role.GM_OFFICE):
        return Letter.objects.all()
    wanted = Q(pk__in=[])
    if user.has_role(Role.ADMIN_OFFICE):
        wanted |= Q(state__in=APPROVED_ON) | Q(state=LetterState.CANCELLED, decided_at__isnull=False)
    if user.has_role(Role.QUALITY) or user.has_role(Role.SUPPLY_CHAIN):
        wanted |= Q(state__in=SENT)
    if user.has_role(Role.TEAM_LEAD):
        wanted |= in_teams(teams_led_by(user), "case__")
    if user.has_role(Role.COLLECTOR):
        wanted |= Q(case__in=cases_visible_to(user))
    return Letter.objects.filter(wanted)


def letters_with_rows(letters: QuerySet[Letter]) -> QuerySet[Letter]:
    """With everything that drawing or listing a letter reads."""
    return letters.select_related("case__client", "case__debtor", "case__placement__team", "template", "address", "payee", "requested_by", "print_run")


def print_runs_visible_to(user: User) -> QuerySet[PrintRun]:
    """The admin office that prints, and the GM office. The merged file holds every addressee in the clear."""
    if user.has_role(Role.ADMIN_OFFICE) or user.has_role(Role.GM_OFFICE):
        return PrintRun.objects.all()
    return PrintRun.objects.none()


def batches_visible_to(user: User) -> QuerySet[LetterBatch]:
    """All for the GM office; for everybody else what they asked for together."""
    batches = LetterBatch.objects.annotate(asked=Count("lines", filter=Q(lines__letter__isnull=False)), refused=Count("lines", filter=~Q(lines__refusal="")))
    return batches if user.has_role(Role.GM_OFFICE) else batches.filter(asked_by=user)


def with_due(letters: QuerySet[Letter], kind: str) -> QuerySet[Letter]:
    """With when the unmet duty of this kind began and is due, for the countdown."""
    duty = Duty.objects.unmet().filter(kind_id=kind, subject_type=Letter._meta.label_lower, subject_id=OuterRef("pk"))
    return letters.annotate(due_at=Subquery(duty.values("due_at")[:1]), due_from=Subquery(duty.values("starts_at")[:1]))


def steps_of(letter: Letter) -> list[AuditEvent]:
    """What happened to a letter, the oldest first."""
    return list(AuditEvent.objects.filter(subject_type=letter._meta.label_lower, subject_id=str(letter.pk)).order_by("pk"))


# A demand comes first wherever a template is chosen: it is what is asked for most.
BY_KIND = Choice(*(When(kind=kind, then=Value(place)) for place, kind in enumerate(LetterKind.values)))


def templates_in_use() -> QuerySet[LetterTemplate]:
    """The templates that a letter may be asked for with; a lobby notice is nobody's letter."""
    return LetterTemplate.objects.filter(is_active=True).exclude(kind=LetterKind.LOBBY).select_related("client", "payee").order_by(BY_KIND, "client_id", "name")


def templates_for(case: Case) -> QuerySet[LetterTemplate]:
    """The templates that may be used for a case: its client's own, and everybody's."""
    return templates_in_use().filter(Q(client=None) | Q(client=case.client_id))


def versions_of(template: LetterTemplate) -> QuerySet[LetterTemplate]:
    """Every version of a template, the newest first."""
    same = LetterTemplate.objects.filter(client=template.client_id, kind=template.kind, name=template.name)
    return same.select_related("created_by", "law_firm", "payee", "client").order_by("-version")


def pictures_of(template: LetterTemplate, client: Client | None) -> Pictures:
    """The letterhead and the seal that the template asks for: the law firm's for a lawyer's letter, else the client's, else the agency's."""
    layout = Layout.of(template.layout)
    wanted = [kind for kind, is_wanted in ((ImageKind.LETTERHEAD, layout.letterhead_image), (ImageKind.SEAL, layout.seal_image)) if is_wanted]
    if not wanted:
        return NO_PICTURES
    if template.kind == LetterKind.LAWYER:
        owner, order = Q(law_firm=template.law_firm_id, law_firm__isnull=False), "pk"
    else:
        owner, order = Q(law_firm=None) & (Q(client=client) | Q(client=None)), F("client").desc(nulls_last=True)
    found: dict[str, LetterImage] = {}
    for image in LetterImage.objects.filter(owner, kind__in=wanted, is_active=True).order_by(order):
        found.setdefault(image.kind, image)
    return Pictures(**{kind: _as_url(image) for kind, image in found.items()})


def _as_url(image: LetterImage) -> str:
    return _image_url(image.file.path, image.sha256)


@lru_cache(maxsize=32)
def _image_url(path: str, sha256: str) -> str:
    """Kept in the process: a run of a thousand letters reads a seal once. Files never change; the hash keeps two databases apart."""
    content = Path(path).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileChanged(_("A letterhead or seal is not the one that was uploaded. Upload it again."))
    return data_url(content)


def latest_templates() -> QuerySet[LetterTemplate]:
    """The newest version of each template, in use or retired."""
    newest = LetterTemplate.objects.values("client", "kind", "name").annotate(newest=Max("pk")).values("newest")
    return LetterTemplate.objects.filter(pk__in=newest)


def addresses_for(case: Case) -> QuerySet[Address]:
    return Address.objects.filter(contact__case=case).exclude(verification="wrong").select_related("contact").order_by("contact_id", "pk")


def other_addresses(letter: Letter) -> list[Address]:
    """Where a letter that came back could go instead: complete, nothing returned from there, the debtor's own and verified ones first."""
    rows = addresses_for(letter.case).exclude(pk=letter.address_id).filter(returned_at=None)
    fit = [row for row in rows if not place_of(row.text).blocking]
    return sorted(fit, key=_by_worth)


def best_address(case: Case, *, today: date) -> Address | None:
    """Where a letter is sent when nobody chose: complete, not returned from; the debtor's own and verified ones first."""
    rows = [row for contact in case.contacts.all() for row in contact.addresses.all() if row.verification != Verification.WRONG and row.returned_at is None]
    fit = [row for row in rows if not place_of(row.text).blocking and not (row.expires_on and row.expires_on < today)]
    return min(fit, key=_by_worth, default=None)


def _by_worth(row: Address) -> tuple[bool, bool, int]:
    return (row.contact.relation != Relation.SELF, row.verification != Verification.VERIFIED, row.pk)


def cases_to_judge(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With all that `preview` reads, in a few queries whatever their number."""
    return cases.select_related("client", "debtor", "placement").prefetch_related(
        "accounts", "contacts__addresses__contact", "letters__template", "client__payees"
    )


def current_version(template: LetterTemplate) -> LetterTemplate:
    """The version in use of the same template; the one given when it is retired."""
    same = LetterTemplate.objects.filter(client=template.client_id, kind=template.kind, name=template.name, is_active=True)
    return same.select_related("payee").order_by("-version").first() or template


def payees_to_choose(client: Client, templates: QuerySet[LetterTemplate], *, today: date) -> QuerySet[Payee]:
    """The client's accounts in force, wherever these templates leave a choice; none where all of them name the only one anyway (CR-28)."""
    in_force = {payee.pk for payee in client.payees_on(today)}
    named = set(templates.filter(client=client).exclude(payee=None).values_list("payee", flat=True))
    return client.payees.filter(pk__in=in_force if len(in_force | named) > 1 else ()).order_by("pk")


def next_numbers(year: int, count: int) -> list[str]:
    """What the next printed letters of a year will be called, unless another one is stored first."""
    last = LetterNumber.objects.filter(year=year).values_list("last", flat=True).first() or 0
    return [number_text(year, last + place) for place in range(1, count + 1)]


class FileChanged(Refused):
    """A letter's stored file is gone or not what was issued."""


def stored_pdf(letter: Letter) -> bytes:
    """The issued file, byte for byte; refused when its hash no longer matches."""
    try:
        with letter.pdf.open("rb") as file:
            content = file.read()
    except (FileNotFoundError, ValueError) as error:
        raise FileChanged(_("The file of letter %(letter)s is missing. Ask the administrator to restore it from the backup.") % {"letter": letter}) from error
    if hashlib.sha256(content).hexdigest() != letter.pdf_sha256:
        raise FileChanged(_("The file of letter %(letter)s is not the one that was issued. Ask the administrator.") % {"letter": letter})
    return content


def failure_text(letter: Letter) -> str:
    """Why the last try to print a letter failed, in words."""
    code, _sep, detail = letter.failure.partition(":")
    words = {
        "glyph": _("The font cannot draw: %(detail)s. Correct the name or address, or change the template."),
        "fonts": _("The letters' fonts are not installed. Ask the administrator to run the set-up."),
        "timeout": _("Drawing it took too long. Look for very long text or a huge table in the template."),
        "memory": _("Drawing it took too much memory. Look for very long text or a huge table in the template."),
        "crash": _("The drawing process failed. Try it once more; then look at the template."),
        "stopped": _("The case was stopped or has ended meanwhile."),
        "balance": _("The balance changed after the approval: send the letter back for approval."),
        "held": _("Quality supervision found a serious defect meanwhile: print it again once the hold is released."),
    }
    return words.get(code, _("It could not be drawn (%(detail)s).")) % {"detail": detail or code} if code else ""
