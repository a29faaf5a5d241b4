"""May this number be called now? Every objection is returned, not only the first; the same facts always give the same answer."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cases.choices import LegalClass, Relation
from compliance.choices import FLAGS_THAT_HOLD, AttemptKind, Channel, FlagKind, Layer, PolicyKey
from compliance.rules.layers import Limit, strictest

DEAD_AFTER_WRONG = 2


def is_third_party(relation: str, legal_class: str) -> bool:
    """CR-11: everybody is, but the debtor, who is jointly liable, and who was shown to be party to the debt."""
    return relation != Relation.SELF and legal_class == LegalClass.UNRELATED


@dataclass(frozen=True)
class Attempt:
    """An attempt to reach the debtor, on whichever of the debtor's cases."""

    at: datetime
    kind: str


@dataclass(frozen=True)
class Loss:
    """How far loss of contact is proven (CR-10)."""

    is_proven: bool
    failures: int = 0
    days: int = 0
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """All that the gate judges by."""

    at: datetime
    day: date
    zone: str = "Asia/Shanghai"
    is_third_party: bool = False
    effective_today: int = 0
    attempts_today: int = 0
    wrong_answers: int = 0
    is_lost: bool = False
    failures: int = 0
    failure_days: int = 0
    is_open_order: bool = False
    is_known_elsewhere: bool = False
    is_barred: bool = False
    is_dead_number: bool = False
    number_expires_on: date | None = None
    is_entrusted: bool = True
    is_trained: bool = True
    stopped_reason: str = ""
    is_stopped: bool = False
    has_complaint: bool = False
    is_disputed: bool = False
    has_ended: bool = False
    # What was raised on the case or of the debtor, by kind (CR-16, CR-50).
    flags: tuple[str, ...] = ()
    is_lawyer: bool = False
    is_notified: bool = True
    is_first_contact: bool = False
    effective_this_week: int = 0
    last_effective_at: datetime | None = None

    def as_plain(self) -> dict[str, Any]:
        """As a stored verdict keeps them."""
        plain = asdict(self)
        return plain | {
            "at": self.at.isoformat(),
            "day": self.day.isoformat(),
            "flags": list(self.flags),
            "last_effective_at": self.last_effective_at.isoformat() if self.last_effective_at else None,
            "number_expires_on": self.number_expires_on.isoformat() if self.number_expires_on else None,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Facts":
        """What a verdict of an earlier version did not know of yet is as if there were none of it."""
        expires, spoken = plain["number_expires_on"], plain.get("last_effective_at")
        moments = {
            "at": datetime.fromisoformat(plain["at"]),
            "day": date.fromisoformat(plain["day"]),
            "flags": tuple(plain.get("flags", ())),
            "last_effective_at": datetime.fromisoformat(spoken) if spoken else None,
            "number_expires_on": date.fromisoformat(expires) if expires else None,
        }
        return cls(**plain | moments)


@dataclass(frozen=True)
class Objection:
    """Why not: the rule, the version of the limit it judged by (0 when the rule has none), and the words' code and values."""

    rule: str
    code: str
    version: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        return {"rule": self.rule, "version": self.version, "message": self.code, "values": self.values}


def objections(facts: Facts, limits: Sequence[Limit]) -> list[Objection]:
    """Return every reason this call is not allowed; an empty list means go ahead. Without a limit in force the answer is no."""
    return [
        *_of_case(facts),
        *_of_flags(facts),
        *_of_channel(facts, limits),
        *_of_notice(facts, limits),
        *_of_caller(facts),
        *_of_number(facts),
        *_of_hours(facts, limits),
        *_of_counts(facts, limits),
        *_of_person(facts, limits),
    ]


def warnings(facts: Facts, limits: Sequence[Limit]) -> list[Objection]:
    """What doesn't forbid the call, but has to be acknowledged before it: CR-05, CR-06, and a debtor in hardship."""
    if facts.is_third_party:
        return []
    return [*_of_gap(facts, limits), *_of_week(facts, limits), *_of_hardship(facts)]


def _of_gap(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    limit = strictest(limits, PolicyKey.EFFECTIVE_GAP)
    if limit is None or facts.last_effective_at is None or not facts.effective_today:
        return
    since = facts.at - facts.last_effective_at
    if since < timedelta(minutes=limit.figure):
        yield Objection("CR-05", "gap", limit.version, {"minutes": max(int(since.total_seconds() // 60), 0), "limit": limit.figure})


def _of_week(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    """CR-06 is nobody's law here: it is said only where somebody put the strict profile in force."""
    limit = strictest(limits, PolicyKey.EFFECTIVE_PER_WEEK)
    if limit and facts.effective_this_week >= limit.figure:
        yield Objection("CR-06", "week", limit.version, {"count": facts.effective_this_week, "limit": limit.figure})


def _of_hardship(facts: Facts) -> Iterable[Objection]:
    if FlagKind.HARDSHIP in facts.flags:
        yield Objection("CR-16", "hardship")


def _of_flags(facts: Facts) -> Iterable[Objection]:
    """CR-16: dunning stops. Of a debtor who named a lawyer the lawyer may be called; of one who is dead or incapable, those who can tell how to go on."""
    held = [kind for kind in FLAGS_THAT_HOLD if kind in facts.flags]
    if facts.is_lawyer and FlagKind.LAWYER in held:
        return
    for kind in held:
        if kind == FlagKind.INCAPABLE and facts.is_third_party:
            continue
        yield Objection("CR-33", "plan") if kind == FlagKind.PLAN else Objection("CR-16", "flagged", values={"flag": str(kind)})


def _of_channel(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    """CR-16: a debtor who asked to be reached by another way isn't called."""
    wished = next((limit for limit in limits if limit.key == PolicyKey.CHANNEL), None)
    if wished and not facts.is_third_party and wished.value["only"] != Channel.PHONE:
        yield Objection("CR-16", "channel", wished.version, {"channel": wished.value["only"]})


def _of_notice(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    """CR-19, where it is in force: the bank told the debtor of us before we speak to anybody for the first time."""
    limit = strictest(limits, PolicyKey.ENTRUSTMENT_NOTICE)
    if limit and limit.figure and facts.is_first_contact and not facts.is_notified:
        yield Objection("CR-19", "notice", limit.version)


def _of_case(facts: Facts) -> Iterable[Objection]:
    if facts.has_ended:
        yield Objection("ENDED", "ended")
    if facts.is_stopped:
        yield Objection("STOPPED", "stopped", values={"reason": facts.stopped_reason})
    if facts.has_complaint:
        yield Objection("CR-50", "complaint")
    if facts.is_disputed:
        yield Objection("CR-50", "disputed")
    if not facts.is_entrusted:
        yield Objection("CR-19", "entrustment", values={"day": facts.day.isoformat()})


def _of_caller(facts: Facts) -> Iterable[Objection]:
    if not facts.is_trained:
        yield Objection("CR-47", "training")


def _of_number(facts: Facts) -> Iterable[Objection]:
    if facts.is_barred:
        yield Objection("CR-13", "barred")
    if facts.is_dead_number or facts.wrong_answers >= DEAD_AFTER_WRONG:
        yield Objection("CR-15", "dead_number")
    if facts.number_expires_on and facts.number_expires_on < facts.day:
        yield Objection("A1.3", "number_expired", values={"expires": facts.number_expires_on.isoformat()})


def _of_hours(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    """CR-01 by the law's hours, CR-02 by everybody else's: each layer whose hours don't contain the recipient's local time objects.

    Hours that the debtor consented to on record stand beside the law's; nobody else's are widened by them.
    """
    windows = [limit for limit in limits if limit.key == PolicyKey.WINDOW and limit.layer != Layer.CONSENT]
    consents = [limit for limit in limits if limit.key == PolicyKey.WINDOW and limit.layer == Layer.CONSENT]
    if not windows:
        yield Objection("CR-01", "no_limit", values={"key": str(PolicyKey.WINDOW)})
    local = facts.at.astimezone(ZoneInfo(facts.zone))
    for limit in windows:
        consented = limit.layer == Layer.LAW and any(consent.allows(local) for consent in consents)
        if not limit.allows(local) and not consented:
            code, values = limit.hours.why_not(local)
            yield Objection(limit.rule, code, limit.version, values)


def _of_counts(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    counts = [(PolicyKey.ATTEMPTS_PER_NUMBER, "CR-04", "attempts", facts.attempts_today)]
    if not facts.is_third_party:
        counts.insert(0, (PolicyKey.EFFECTIVE_PER_DAY, "CR-03", "effective", facts.effective_today))
    for key, rule, code, count in counts:
        limit = strictest(limits, key)
        if limit is None:
            yield Objection(rule, "no_limit", values={"key": str(key)})
        elif count >= limit.figure:
            yield Objection(rule, code, limit.version, {"count": count, "limit": limit.figure})


def _of_person(facts: Facts, limits: Sequence[Limit]) -> Iterable[Objection]:
    """CR-10: third parties are locked until contact with the debtor is lost, unless the client opened the whole order in writing."""
    if not facts.is_third_party or facts.is_open_order or facts.is_lost:
        return
    if facts.is_lawyer and FlagKind.LAWYER in facts.flags:
        return
    needed, days = strictest(limits, PolicyKey.THIRD_PARTY_FAILURES), strictest(limits, PolicyKey.THIRD_PARTY_DAYS)
    values = {
        "failures": facts.failures,
        "days": facts.failure_days,
        "needed": needed.figure if needed else 3,
        "needed_days": days.figure if days else 2,
    }
    yield Objection("CR-10", "known_elsewhere" if facts.is_known_elsewhere else "third_party", needed.version if needed else 0, values)


def loss_of_contact(attempts: Iterable[Attempt], limits: Sequence[Limit], *, at: datetime, has_usable_number: bool, zone: str = "Asia/Shanghai") -> Loss:
    """Whether contact with the debtor is proven lost at `at` (CR-10).

    It is, when no number of the debtor can be used; when death or incapacity was recorded; or after enough failed attempts in a row,
    on enough different days. The last kind stays proven for some days; then the attempts are counted anew. A conversation ends it.
    """
    needed, needed_days, valid = (
        strictest(limits, key) for key in (PolicyKey.THIRD_PARTY_FAILURES, PolicyKey.THIRD_PARTY_DAYS, PolicyKey.THIRD_PARTY_VALID_DAYS)
    )
    if not has_usable_number:
        return Loss(is_proven=True)
    if not (needed and needed_days and valid):
        return Loss(is_proven=False)
    streak: list[Attempt] = []
    shown, until, is_incapable = Loss(is_proven=False), None, False
    for attempt in sorted(attempts, key=lambda attempt: attempt.at):
        if attempt.at > at:
            break
        if attempt.kind == AttemptKind.INCAPABLE:
            is_incapable = True
            continue
        if attempt.kind == AttemptKind.REACHED:
            streak, until, is_incapable = [], None, False
            continue
        if until and attempt.at >= until:
            until = None
        streak.append(attempt)
        if len(streak) >= needed.figure and _days(streak, zone) >= needed_days.figure:
            until = attempt.at + timedelta(days=valid.figure)
            shown, streak = Loss(True, len(streak), _days(streak, zone), until), []
    if is_incapable:
        return Loss(is_proven=True)
    if until and at < until:
        return shown
    return Loss(False, len(streak), _days(streak, zone))


def _days(attempts: Iterable[Attempt], zone: str) -> int:
    return len({attempt.at.astimezone(ZoneInfo(zone)).date() for attempt in attempts})


def ran_past(started: datetime, ended: datetime, limits: Iterable[Limit], *, zone: str) -> bool:
    """CR-09: begun within somebody's hours, ended after them. Hours that a consent widened don't count."""
    first, last = (moment.astimezone(ZoneInfo(zone)) for moment in (started, ended))
    windows = [limit for limit in limits if limit.key == PolicyKey.WINDOW and limit.layer != Layer.CONSENT]
    return any(limit.allows(first) and not (first.date() == last.date() and limit.allows(last)) for limit in windows)
