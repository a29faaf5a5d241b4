from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Case as Choice
from django.db.models import Exists, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.urls import NoReverseMatch, reverse

from cases.choices import STEP_OF_RELATION, CallStep, ImportState, RegistryState
from cases.models import Arrival, ArrivalFile, Case, Client, Contact, ImportRun, ImportTemplate, Placement, RegistryRequest
from cases.models.case import in_teams
from cases.rules.templates import ALIKE, likeness
from duties.choices import Kind
from duties.models import Duty
from duties.selectors import least_loaded
from staff.choices import Role
from staff.models import User
from staff.selectors import people_on_duty, teams_led_by

# An import in one of these no longer stands in the way of importing its file again.
DEAD = (ImportState.FAILED, ImportState.CANCELLED, ImportState.UNDONE)
# Nothing more is to be done with a file whose import is in one of these.
THROUGH = {ImportState.COMMITTED, ImportState.CANCELLED, ImportState.UNPACKED}


def _duties_about_arrivals(*kinds: str) -> QuerySet[Duty]:
    return Duty.objects.filter(subject_type=Arrival._meta.label_lower, subject_id=OuterRef("pk"), kind__in=kinds, cancelled_at=None)


def arrivals_visible_to(user: User) -> QuerySet[Arrival]:
    """Whoever may see arrivals sees them all; a delegate (A1.1b) those that they must hand over, or did."""
    if user.has_perm("cases.view_arrival"):
        return Arrival.objects.all()
    return Arrival.objects.filter(Exists(_duties_about_arrivals(Kind.INTAKE).filter(holder=user)))


def with_clock(arrivals: QuerySet[Arrival]) -> QuerySet[Arrival]:
    """Each arrival with `clock_from`, `clock_due` of the duty that runs for it now (intake, then import), and `holder_name`."""
    running = _duties_about_arrivals(Kind.INTAKE, Kind.IMPORT).filter(met_at=None).order_by("-starts_at")
    return arrivals.annotate(
        clock_from=Subquery(running.values("starts_at")[:1]),
        clock_due=Subquery(running.values("due_at")[:1]),
        holder_name=Subquery(running.values("holder__name")[:1]),
    )


def may_hand_over(user: User, arrival: Arrival) -> bool:
    """Who registers arrivals may hand any of them over; a delegate only the own ones."""
    if user.has_perm("cases.register_arrival"):
        return True
    return Duty.objects.about(arrival).filter(kind=Kind.INTAKE, holder=user, cancelled_at=None).exists()


def duty_of(subject: Arrival | Placement | RegistryRequest, kind: str) -> Duty | None:
    """The latest duty of this kind about the subject, met or not. One query."""
    return Duty.objects.about(subject).filter(kind=kind).select_related("kind", "holder", "extended_by").order_by("-pk").first()


def free_specialist(now: datetime) -> User | None:
    """The data specialist on duty who holds the fewest duties."""
    return least_loaded(people_on_duty(Role.DATA_SPECIALIST, now=now))


def files_of(arrival: Arrival) -> QuerySet[ArrivalFile]:
    """Its files with `imports`: their runs, the latest first. Two queries."""
    runs = Prefetch("runs", queryset=ImportRun.objects.order_by("-pk").defer("layout"), to_attr="imports")
    return arrival.files.order_by("pk").prefetch_related(runs)


def is_wholly_imported(arrival: Arrival) -> bool:
    """Every file is either imported or was set aside, and one at least is imported."""
    states = {file.imports[0].state if file.imports else "" for file in files_of(arrival)}
    return ImportState.COMMITTED in states and states <= THROUGH


def imports_visible_to(user: User) -> QuerySet[ImportRun]:
    """All for data specialists, supply chain and the GM office; a lead sees what is imported for the own teams."""
    if any(user.has_role(role) for role in (Role.DATA_SPECIALIST, Role.SUPPLY_CHAIN, Role.GM_OFFICE)):
        return ImportRun.objects.all()
    if user.has_role(Role.TEAM_LEAD):
        return ImportRun.objects.filter(team__in=teams_led_by(user))
    return ImportRun.objects.none()


def live_run_of(file: ArrivalFile) -> ImportRun | None:
    return file.runs.exclude(state__in=DEAD).order_by("-pk").first()


def versions_of(template: ImportTemplate) -> QuerySet[ImportTemplate]:
    """Every version of a template, retired ones too, the newest first."""
    return ImportTemplate.objects.filter(client=template.client_id, kind=template.kind, name=template.name).order_by("-version")


def latest_templates() -> QuerySet[ImportTemplate]:
    """The newest version of each client's templates, in use or retired."""
    newer = ImportTemplate.objects.filter(client=OuterRef("client"), kind=OuterRef("kind"), name=OuterRef("name"), version__gt=OuterRef("version"))
    return ImportTemplate.objects.filter(~Exists(newer))


def template_like(*, client: Client, kind: str, headers: Sequence[str]) -> ImportTemplate | None:
    """The client's template in use whose headers are most like these, unless they have too little in common."""
    templates = latest_templates().filter(client=client, kind=kind, is_active=True).order_by("-pk")
    scored = [(likeness(headers, [column["header"] for column in template.columns]), template) for template in templates]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= ALIKE else None


def people_who_leave_rows_out() -> QuerySet[User]:
    """Who may import the good rows of a file without the bad ones: whom to ask."""
    backend = "django.contrib.auth.backends.ModelBackend"
    return User.objects.with_perm("cases.leave_rows_out", backend=backend, include_superusers=False).filter(is_active=True).order_by("name").distinct()


def kin_cases_of(placement: Placement) -> QuerySet[Case]:
    """The placement's cases whose debtor has cases elsewhere, each `debtor` with those others as `others`. Two queries."""
    others = Case.objects.exclude(placement=placement).select_related("client", "placement").order_by("-placed_on", "pk")
    known = Exists(Case.objects.filter(debtor=OuterRef("debtor")).exclude(placement=placement))
    cases = placement.cases.filter(known).select_related("debtor").order_by("case_no")
    return cases.prefetch_related(Prefetch("debtor__cases", queryset=others, to_attr="others"))


def assignment_path(placement: Placement) -> str:
    """Where the lead assigns the placement; its own page while there is no such room."""
    try:
        return reverse("assignment:placement-detail", args=[placement.pk])
    except NoReverseMatch:
        return reverse("cases:import-detail", args=[placement.run_id])


def registry_visible_to(user: User) -> QuerySet[RegistryRequest]:
    """The GM office sees all; the data centre what is approved and after; a lead the team's; a collector the own requests."""
    if user.has_role(Role.GM_OFFICE):
        return RegistryRequest.objects.all()
    wanted = Q(requested_by=user)
    if user.has_role(Role.DATA_CENTRE):
        wanted |= ~Q(state__in=[RegistryState.REQUESTED, RegistryState.REFUSED])
    if user.has_role(Role.TEAM_LEAD):
        wanted |= in_teams(teams_led_by(user), "case__")
    return RegistryRequest.objects.filter(wanted)


def with_registry_clock(requests: QuerySet[RegistryRequest]) -> QuerySet[RegistryRequest]:
    """Each request with `clock_from` and `clock_due` of its duty while that is not met."""
    running = Duty.objects.filter(subject_type=RegistryRequest._meta.label_lower, subject_id=OuterRef("pk"), met_at=None, cancelled_at=None)
    return requests.annotate(clock_from=Subquery(running.values("starts_at")[:1]), clock_due=Subquery(running.values("due_at")[:1]))


def contacts_in_call_order(case: Case) -> QuerySet[Contact]:
    """Employer, references, committee, family, debtor (A3.2), with phones and addresses. Three queries."""
    steps = {step: place for place, step in enumerate(CallStep.values)}
    order = Choice(*[When(relation=relation, then=Value(steps[step])) for relation, step in STEP_OF_RELATION.items()], output_field=IntegerField())
    return case.contacts.annotate(step_order=order).order_by(F("step_order").asc(nulls_last=True), "pk").prefetch_related("phones", "addresses")


def stale_runs(*, now: datetime) -> list[tuple[int, str]]:
    """(id, state) of the imports that wait for a worker: nobody has shown a sign of life for a minute."""
    waiting = ImportRun.objects.filter(state__in=[ImportState.UPLOADED, ImportState.MAPPED, ImportState.COMMITTING, ImportState.UNDOING], failure="")
    stale = waiting.filter(Q(worked_on_at=None) | Q(worked_on_at__lt=now - timedelta(seconds=60)))
    return list(stale.order_by("pk").values_list("pk", "state")[:100])
