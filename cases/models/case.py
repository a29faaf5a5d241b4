"""A debtor, the case that a bank placed, its accounts, and the people, phones and addresses one may try."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.choices import AddressKind, CaseState, LegalClass, NumberStatus, PhoneKind, Relation, Source, Verification
from cases.models.client import Client
from cases.models.fields import EncryptedJSONField
from cases.models.imports import Placement
from collection.lib.crypto import EncryptedTextField
from collection.lib.masking import mask_address, mask_card, mask_id, mask_phone
from staff.models import Team


class Debtor(models.Model):
    """A person, matched by ID number and never by name."""

    name = models.CharField(_("full name"), max_length=100)
    # Full pinyin and initials of the name, for search: "zhangsan zs".
    name_pinyin = models.CharField(max_length=200, blank=True)
    id_no = EncryptedTextField(_("ID number"))
    id_index = models.CharField(max_length=40)
    id_last4 = models.CharField(max_length=4)
    gender = models.CharField(_("gender"), max_length=6, choices=[("male", _("Male")), ("female", _("Female"))], blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)

    class Meta:
        verbose_name = _("debtor")
        verbose_name_plural = _("debtors")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["id_index"], name="cases_debtor_once_per_id_number")]
        indexes = [models.Index(fields=["name"], name="cases_debtor_by_name"), models.Index(fields=["id_last4"], name="cases_debtor_by_id_end")]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_id(self) -> str:
        return mask_id(self.id_no)


class CaseQuerySet(models.QuerySet):
    def live(self) -> "CaseQuerySet":
        return self.exclude(state__in=[CaseState.SETTLED, CaseState.RETURNED, CaseState.RECALLED])

    def of_teams(self, teams) -> "CaseQuerySet":
        return self.filter(in_teams(teams))


def in_teams(teams, case: str = "") -> Q:
    """The condition that a row's case (`case` names the way to it, "case__") belongs to one of these teams."""
    return Q(**{f"{case}team__in": teams}) | Q(**{f"{case}team": None, f"{case}placement__team__in": teams})


class Case(models.Model):
    """One debtor's debt to one client in one placement. Only `cases.services` writes its state (MOVES)."""

    placement = models.ForeignKey(
        Placement, on_delete=models.PROTECT, db_index=False, related_name="cases", verbose_name=_("placement")
    )  # cases_case_by_placement
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="cases", verbose_name=_("client"))
    debtor = models.ForeignKey(Debtor, on_delete=models.PROTECT, related_name="cases", verbose_name=_("debtor"))
    # Whose the case is since head office gave it to a team; none: its placement's team's.
    team = models.ForeignKey("staff.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="cases", db_index=False, verbose_name=_("team"))
    # Who holds it, as its open assignment says; kept by whoever writes an assignment, so that a queue is one walk of an index.
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, db_index=False, related_name="+")
    case_no = models.CharField(_("case number"), max_length=60)
    state = models.CharField(_("state"), max_length=14, choices=CaseState, default=CaseState.UNASSIGNED)
    placed_on = models.DateField(_("placed on"))
    due_back_on = models.DateField(_("due back on"), null=True, blank=True)
    amount = models.DecimalField(_("amount placed"), max_digits=14, decimal_places=2)
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2)
    balance_on = models.DateField(_("balance as of"))
    stage = models.CharField(_("stage"), max_length=10, blank=True)
    overdue_days = models.PositiveIntegerField(_("days overdue"), null=True, blank=True)
    product = models.CharField(_("product"), max_length=60, blank=True)
    region = models.CharField(_("region"), max_length=60, blank=True)
    account_count = models.PositiveSmallIntegerField(_("accounts"), default=1)
    warning = models.CharField(_("client's warning"), max_length=300, blank=True)
    category = models.CharField(_("category"), max_length=40, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_reason = models.CharField(max_length=200, blank=True)
    # Only the bank lifts what it has stopped by a file of its own; and its files lift nothing else.
    stopped_by_client = models.BooleanField(default=False)
    retained_until = models.DateField(_("retained until"), null=True, blank=True)
    complaint_open = models.BooleanField(_("complaint open"), default=False)
    # When it was settled, returned or recalled.
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Columns of the file that have no place of their own, kept and shown: {header: text}.
    extra = EncryptedJSONField(default=dict, blank=True)
    touched_at = models.DateTimeField(_("last worked"), null=True, blank=True)
    follow_up_at = models.DateTimeField(_("follow up"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(_("created"))

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        default_permissions = ()
        permissions = [
            ("view_case", _("Can see cases")),
            ("work_case", _("Can work cases: call, filter, record")),
            ("stop_case", _("Can stop a case and let it go on")),
            ("reveal_personal_data", _("Can reveal masked personal data")),
            ("export_cases", _("Can export lists of cases")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=CaseState.values), name="cases_case_state_known"),
            models.UniqueConstraint(fields=["placement", "case_no"], name="cases_case_once_per_placement"),
            # A case that came back is a new one; two live ones of the same number can't be.
            models.UniqueConstraint(
                fields=["client", "case_no"],
                condition=~Q(state__in=[CaseState.SETTLED, CaseState.RETURNED, CaseState.RECALLED]),
                name="cases_one_live_case_per_number",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="cases_amount_not_negative"),
        ]
        indexes = [
            models.Index(fields=["placement", "state"], name="cases_case_by_placement"),
            models.Index(fields=["state", "id"], name="cases_case_by_state"),
            models.Index(fields=["-placed_on", "id"], name="cases_case_latest"),
            models.Index(fields=["case_no"], name="cases_case_by_number"),
            models.Index(fields=["team", "state"], condition=Q(team__isnull=False), name="cases_case_by_team"),
            # All that a queue asks of a case: its order and its counts are found without the cases themselves.
            models.Index(
                fields=["holder", "follow_up_at", "touched_at", "state", "stopped_at", "complaint_open", "balance", "placement", "id"],
                condition=Q(holder__isnull=False) & ~Q(state__in=[CaseState.SETTLED, CaseState.RETURNED, CaseState.RECALLED]),
                name="cases_queue_of_holder",
            ),
        ]

    def __str__(self) -> str:
        return self.case_no

    @property
    def home_team(self) -> Team | None:
        """The team whose lead the case concerns. Ask for `team__lead` and `placement__team__lead` with the case."""
        return self.team or self.placement.team


class CaseAccount(models.Model):
    """A card or loan of a case in one currency: a card with two currencies has two rows."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="accounts", verbose_name=_("case"))
    card_no = EncryptedTextField(_("card number"), blank=True)
    card_index = models.CharField(max_length=40, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    account_no = models.CharField(_("account number"), max_length=40, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    amount = models.DecimalField(_("amount placed"), max_digits=14, decimal_places=2)
    # What is owed now, and as of which day; and until which day all payments are in the balance that the bank itself last stated.
    # Empty as long as nothing has changed since the placement.
    balance = models.DecimalField(_("balance"), max_digits=14, decimal_places=2, null=True, blank=True)
    balance_on = models.DateField(_("balance as of"), null=True, blank=True)
    stated_on = models.DateField(_("stated as of"), null=True, blank=True)
    principal = models.DecimalField(_("principal"), max_digits=14, decimal_places=2, null=True, blank=True)
    interest = models.DecimalField(_("interest"), max_digits=14, decimal_places=2, null=True, blank=True)
    fees = models.DecimalField(_("fees"), max_digits=14, decimal_places=2, null=True, blank=True)
    minimum_payment = models.DecimalField(_("minimum payment"), max_digits=14, decimal_places=2, null=True, blank=True)
    credit_limit = models.DecimalField(_("credit limit"), max_digits=14, decimal_places=2, null=True, blank=True)
    bill_day = models.PositiveSmallIntegerField(_("bill day"), null=True, blank=True)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    overdue_since = models.DateField(_("overdue since"), null=True, blank=True)
    last_paid_on = models.DateField(_("last payment on"), null=True, blank=True)
    last_paid_amount = models.DecimalField(_("last payment"), max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        default_permissions = ()
        indexes = [models.Index(fields=["card_index"], name="cases_account_by_card"), models.Index(fields=["card_last4"], name="cases_account_by_card_end")]

    def __str__(self) -> str:
        return self.masked_card or mask_card(self.account_no)

    @property
    def masked_card(self) -> str:
        return mask_card(self.card_no)

    @property
    def owed(self) -> Decimal:
        """What is owed now, in the account's currency."""
        return self.amount if self.balance is None else self.balance


class Contact(models.Model):
    """A person or office that a case's file, registry answer or call names; the debtor is one too (relation SELF).

    Contacts belong to the case: what one bank sent is never shown on another bank's case.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("case"))
    relation = models.CharField(_("relation"), max_length=12, choices=Relation)
    relation_text = models.CharField(_("relation in the file"), max_length=40, blank=True)
    name = models.CharField(_("full name"), max_length=100, blank=True)
    legal_class = models.CharField(_("standing"), max_length=10, choices=LegalClass, default=LegalClass.UNRELATED)
    source = models.CharField(_("source"), max_length=12, choices=Source)
    verification = models.CharField(_("relation verified"), max_length=14, choices=Verification, default=Verification.PENDING)
    # Where the person lives by the clock, if not here: calls count in the recipient's time (CR-01). An IANA name.
    zone = models.CharField(_("time zone"), max_length=40, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(relation__in=Relation.values), name="cases_relation_known"),
            models.CheckConstraint(condition=Q(legal_class__in=LegalClass.values), name="cases_legal_class_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="cases_contact_source_lawful"),
            models.UniqueConstraint(fields=["case"], condition=Q(relation=Relation.SELF), name="cases_one_debtor_contact_per_case"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.get_relation_display()}"


class Phone(models.Model):
    """A number of a contact, with source, what the last dial showed, and whether it was verified (A3.3)."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, db_index=False, related_name="phones", verbose_name=_("contact"))  # by the constraint
    number = EncryptedTextField(_("number"))
    number_index = models.CharField(max_length=40)
    number_last4 = models.CharField(max_length=4)
    extension = models.CharField(_("extension"), max_length=10, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=PhoneKind)
    source = models.CharField(_("source"), max_length=12, choices=Source)
    status = models.CharField(_("number status"), max_length=12, choices=NumberStatus, default=NumberStatus.UNKNOWN)
    verification = models.CharField(_("verified"), max_length=14, choices=Verification, default=Verification.PENDING)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_on = models.DateField(_("may be used until"), null=True, blank=True)

    class Meta:
        verbose_name = _("phone")
        verbose_name_plural = _("phones")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(source__in=Source.values), name="cases_phone_source_lawful"),
            models.CheckConstraint(condition=Q(status__in=NumberStatus.values), name="cases_phone_status_known"),
            models.UniqueConstraint(fields=["contact", "number_index"], name="cases_number_once_per_contact"),
        ]
        # Not by db_index, which PostgreSQL would answer with a second index for LIKE; most rows of an import are these.
        indexes = [models.Index(fields=["number_index"], name="cases_phone_by_number"), models.Index(fields=["number_last4"], name="cases_phone_by_end")]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        return mask_phone(self.number)


class Address(models.Model):
    """An address of a contact, for letters and visits."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("contact"))
    text = EncryptedTextField(_("address"))
    kind = models.CharField(_("kind"), max_length=12, choices=AddressKind)
    postcode = models.CharField(_("postcode"), max_length=6, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source)
    verification = models.CharField(_("verified"), max_length=14, choices=Verification, default=Verification.PENDING)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_at = models.DateTimeField(_("mail came back"), null=True, blank=True)
    expires_on = models.DateField(_("may be used until"), null=True, blank=True)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(source__in=Source.values), name="cases_address_source_lawful")]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        return mask_address(self.text)
