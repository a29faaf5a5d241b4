"""The agency itself: people of every role, teams, banks, what each collector may hold, training and leave."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from assignment.services.limits import set_capacity, set_level_capacity, set_requirement
from assignment.services.steering import save_rule, set_policy
from audit.services import record
from cases.choices import ClientKind
from cases.models import Client, Payee
from compliance.services import approve_instruction, enter_instruction
from staff.choices import Level, QualificationKind, Role
from staff.models import Qualification, Team, User
from staff.services import enter_leave

PASSWORD = "demo-desk-2026"
# sign-in name, name, group, team; a lead leads the team
PEOPLE = [
    ("admin1", "贾系统", Role.ADMINISTRATOR, None),
    ("gm1", "齐总办", Role.GM_OFFICE, None),
    ("gm2", "祝总办", Role.GM_OFFICE, None),
    ("supply1", "龚应链", Role.SUPPLY_CHAIN, None),
    ("supply2", "费供应", Role.SUPPLY_CHAIN, None),
    ("data1", "舒据成", Role.DATA_SPECIALIST, None),
    ("data2", "丁录入", Role.DATA_SPECIALIST, None),
    ("centre1", "钟心怡", Role.DATA_CENTRE, None),
    ("office1", "邢政文", Role.ADMIN_OFFICE, None),
    ("office2", "邮寄安", Role.ADMIN_OFFICE, None),
    ("quality1", "智检良", Role.QUALITY, None),
    ("finance1", "蔡务清", Role.FINANCE, None),
    ("lead1", "凌志刚", Role.TEAM_LEAD, 0),
    ("collector1", "陈晓燕", Role.COLLECTOR, 0),
    ("collector2", "王建平", Role.COLLECTOR, 0),
    ("collector3", "李思源", Role.COLLECTOR, 0),
    ("collector4", "周佳宁", Role.COLLECTOR, 0),
    ("lead2", "冷秋月", Role.TEAM_LEAD, 1),
    ("collector5", "吴海涛", Role.COLLECTOR, 1),
    ("collector6", "郑雅文", Role.COLLECTOR, 1),
    ("collector7", "孙鹏飞", Role.COLLECTOR, 1),
    ("collector8", "欧阳敏", Role.COLLECTOR, 1),
    ("lead3", "梁永安", Role.TEAM_LEAD, 2),
    ("collector9", "马晓梅", Role.COLLECTOR, 2),
    ("collector10", "何志强", Role.COLLECTOR, 2),
    ("collector11", "高慧敏", Role.COLLECTOR, 2),
]
SENIORS = ("collector1", "collector5")
# level, most cases, most money, most new ones a day
LEVELS = [
    ("probation", 60, 2_000_000, 20),
    ("trainee", 100, 4_000_000, 40),
    ("junior", 250, 10_000_000, 100),
    ("regular", 400, 20_000_000, 200),
    ("senior", 600, 30_000_000, 300),
]
TEAMS = ("信用卡一部", "信用卡二部", "机动组")
BANKS = [
    # code, name, short name, team; the first one has opened the whole call order in writing
    ("jnb", "示例江南银行股份有限公司信用卡中心", "江南银行", 0),
    ("bcb", "示例北辰银行股份有限公司", "北辰银行", 1),
]


@dataclass(frozen=True)
class Agency:
    people: dict[str, User]
    teams: list[Team]
    banks: list[Client]

    def __getitem__(self, username: str) -> User:
        return self.people[username]

    def collectors_of(self, team: Team) -> list[User]:
        return [user for user in self.people.values() if user.team_id == team.pk and user.has_role(Role.COLLECTOR)]


@transaction.atomic
def make_agency(now: datetime) -> Agency:
    """Everybody who works here, as entered by the administrator `now` (some weeks ago)."""
    teams = [Team.objects.create(name=name) for name in TEAMS]
    people = _make_people(teams, now)
    admin = people["admin1"]
    for team, lead in zip(teams, ("lead1", "lead2", "lead3"), strict=True):
        team.lead = people[lead]
        team.save(update_fields=["lead"])
        record("team.created", subject=team, by=admin, at=now, changes={"name": (None, team.name), "lead": (None, team.lead)})
    agency = Agency(people, teams, _make_banks(teams, admin, now))
    _set_limits(agency, now)
    return agency


def _make_people(teams: list[Team], now: datetime) -> dict[str, User]:
    groups = {group.name: group for group in Group.objects.all()}
    secret, people = make_password(PASSWORD), {}
    for number, (username, name, role, team) in enumerate(PEOPLE, start=1):
        user = User.objects.create(
            username=username,
            name=name,
            staff_no=f"A{number:04}",
            password=secret,
            team=None if team is None else teams[team],
            extension=f"8{number:03}",
            joined_on=now.date() - timedelta(days=200 + number * 40),
            level=Level.SENIOR if username in SENIORS else Level.REGULAR,
            regions=["浙江", "江苏"] if role == Role.COLLECTOR and team == 0 else [],
        )
        user.groups.add(groups[role])
        record("person.created", subject=user, by=None, at=now, changes={"username": (None, username), "groups": (None, [role.value])})
        people[username] = user
    trained = [user for user in people.values() if user.has_role(Role.COLLECTOR) or user.has_role(Role.TEAM_LEAD)]
    Qualification.objects.bulk_create(_training(user, now.date()) for user in trained)
    return people


def _training(user: User, day: date) -> Qualification:
    return Qualification(person=user, kind=QualificationKind.TRAINING, passed_on=day - timedelta(days=90), valid_until=day + timedelta(days=275))


def _make_banks(teams: list[Team], admin: User, now: datetime) -> list[Client]:
    banks = []
    for code, name, short_name, team in BANKS:
        bank = Client.objects.create(
            code=code,
            name=name,
            short_name=short_name,
            team=teams[team],
            entrusted_from=now.date() - timedelta(days=400),
            entrusted_until=now.date() + timedelta(days=700),
            service_phone="955990" if code == "jnb" else "955991",
        )
        Payee.objects.create(
            client=bank, name=name, bank=f"{short_name}营业部", account="6299 9900 0000 0000", valid_from=bank.entrusted_from, added_by=admin, added_at=now
        )
        record("client.created", subject=bank, by=admin, at=now, changes={"code": (None, code)})
        banks.append(bank)
    # Debts of companies: called on weekdays in the hours of offices only (C3.2). No file of theirs has come yet.
    trade = Client.objects.create(
        code="dyt", name="东屿示范贸易有限公司", short_name="东屿贸易", kind=ClientKind.BUSINESS, team=teams[BANKS[0][3]],
        entrusted_from=now.date() - timedelta(days=30), entrusted_until=now.date() + timedelta(days=335),
    )  # fmt: skip
    record("client.created", subject=trade, by=admin, at=now, changes={"code": (None, trade.code)})
    return banks


def _set_limits(agency: Agency, now: datetime) -> None:
    gm, admin = agency["gm1"], agency["admin1"]
    first, second = agency.banks
    instruction = enter_instruction(
        client=first,
        number="江银卡催函〔2026〕12号",
        valid_from=now.date() - timedelta(days=30),
        expires_on=now.date() + timedelta(days=335),
        by=admin,
        now=now,
    )
    approve_instruction(instruction_id=instruction.pk, by=gm, now=now)
    for bank, barred, most in ((first, [], None), (second, [agency["collector8"]], 400)):
        set_requirement(
            client=bank, teams=[], barred_people=barred, min_months_of_service=3, max_cases_per_person=most, training_required=True, by=admin, now=now
        )
    for user in agency.people.values():
        if user.has_role(Role.COLLECTOR):
            senior = user.username in SENIORS
            most, amount = (600, Decimal(30_000_000)) if senior else (400, Decimal(20_000_000))
            set_capacity(collector=user, max_cases=most, max_amount=amount, max_new_per_day=200, by=user.team.lead, now=now)
    _steer(agency, now)


def _steer(agency: Agency, now: datetime) -> None:
    """Limits by level for who comes new, a rule for large debts, and a policy that is still off."""
    gm = agency["gm1"]
    for level, cases, amount, new in LEVELS:
        set_level_capacity(level=level, max_cases=cases, max_amount=Decimal(amount), max_new_per_day=new, by=gm, now=now)
    save_rule(name="大额先分高级催收员", priority=10, amount_from=Decimal(60_000), people=[agency[name] for name in SENIORS], by=gm, now=now)
    set_policy(client=None, after_days=30, to="pool", is_active=False, by=gm, now=now)


def enter_leaves(agency: Agency, now: datetime) -> None:
    """One away now, one soon, one back."""
    plan = [("collector4", 0, 2, "年假"), ("collector7", 6, 3, "培训"), ("quality1", -12, 2, "病假")]
    for username, starts, days, reason in plan:
        user = agency[username]
        begin = now + timedelta(days=starts, hours=-2 if starts == 0 else 0)
        by = user.team.lead if user.team else agency["admin1"]
        enter_leave(person=user, starts_at=begin, ends_at=begin + timedelta(days=days), reason=reason, by=by, now=min(now, begin))
