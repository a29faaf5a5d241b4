"""The morning digest: a row for each receiver and day is the job, claimed before it is sent, so that nobody gets it twice, whatever dies when."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, fingerprint
from duties.rules import WorkingTime
from duties.selectors import working_time
from figures.choices import RobotKind, SendState
from figures.models import DigestChoice, DigestRobot, DigestSend
from figures.sending.guard import url_fault
from figures.sending.robots import NotDelivered, Unsure, message, post, signed
from figures.tables.today import digest_tiles
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify

# Between the attempts; after the last one it is given up.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
GIVEN_UP_AFTER = timedelta(minutes=10)
KEPT_FOR = timedelta(days=90)


def wants_mail() -> QuerySet[User]:
    """Who gets the digest by e-mail: who chose to; of those who chose nothing, leads and the GM office."""
    undecided = Q(digest_choice=None, groups__name__in=[Role.TEAM_LEAD, Role.GM_OFFICE])
    people = User.objects.filter(Q(digest_choice__by_mail=True) | undecided, is_active=True)
    return people.exclude(email="").distinct().order_by("pk")


def is_due(now: datetime, working: WorkingTime) -> bool:
    """On a working day, from the set time until close of business: who was down all day sends none at night."""
    local = now.astimezone(working.zone)
    return working.is_working(local.date()) and time.fromisoformat(settings.DIGEST_TIME) <= local.time() and now < working.close_of(local.date())


def plan_digests(*, now: datetime) -> int:
    """Today's rows are there, once each, however often and by however many this is called. Returns how many are new."""
    if not is_due(now, working_time()):
        return 0
    day = timezone.localdate(now)
    mails = wants_mail() if settings.SEND_MAIL else User.objects.none()
    rows = [DigestSend(person=person, day=day, next_at=now) for person in mails]
    rows += [DigestSend(person=robot.person, robot=robot, day=day, next_at=now) for robot in DigestRobot.objects.filter(is_active=True, person__is_active=True)]
    before = DigestSend.objects.filter(day=day).count()
    DigestSend.objects.bulk_create(rows, ignore_conflicts=True)
    DigestSend.objects.filter(day__lt=day - KEPT_FOR).delete()
    return DigestSend.objects.filter(day=day).count() - before


def send_waiting(*, now: datetime) -> Iterator[DigestSend]:
    """Each waiting digest whose time has come, claimed for the caller alone, sent, and told how it ended."""
    _give_up_broken_off(now)
    waiting = DigestSend.objects.filter(state=SendState.WAITING, next_at__lte=now)
    for send in waiting.select_related("person", "robot").order_by("next_at", "pk"):
        claim = DigestSend.objects.filter(pk=send.pk, state=SendState.WAITING, attempts=send.attempts)
        if claim.update(state=SendState.SENDING, started_at=now, attempts=F("attempts") + 1):
            send.attempts += 1
            _send(send, now)
            yield send


def _send(send: DigestSend, now: datetime) -> None:
    """Between the claim and the end nothing is known: a worker that dies here leaves the row unsure, and it is not repeated."""
    try:
        _deliver(send, now)
    except NotDelivered as fault:
        _again_later(send, str(fault), now)
    except Unsure as fault:
        _ends(send, SendState.UNSURE, str(fault), now)
    else:
        DigestSend.objects.filter(pk=send.pk, state=SendState.SENDING).update(state=SendState.SENT, sent_at=now, failure="")


def _deliver(send: DigestSend, now: datetime) -> None:
    title, text = digest_text(send.person, now=now, as_markdown=bool(send.robot))
    if send.robot is None:
        try:
            send_mail(title, text, None, [send.person.email])
        except (SMTPException, OSError) as fault:
            raise NotDelivered(f"mail server: {type(fault).__name__}") from fault
        return
    robot = send.robot
    url = signed(robot.url, robot.secret, round(now.timestamp() * 1000)) if robot.kind == RobotKind.DINGTALK and robot.secret else robot.url
    limits = {"hosts": settings.DIGEST_HOSTS, "private": settings.DIGEST_PRIVATE_HOSTS, "timeout": settings.DIGEST_TIMEOUT}
    post(url, message(robot.kind, title, text), **limits)


def digest_text(person: User, *, now: datetime, as_markdown: bool) -> tuple[str, str]:
    """Title and text in the person's language: numbers and links only, nothing about any debtor."""
    today = timezone.localdate(now)
    with translation.override(person.language):
        title = _("Figures of %(day)s for %(person)s") % {"day": f"{today:%Y-%m-%d}", "person": person}
        before = last_working_day(today, working_time())
        tiles = digest_tiles(person, now=now, last_working_day=before)
        told = [(tile.label, tile.text, f"{settings.SITE_URL}{tile.url}") for tile in tiles]
        more = f"{settings.SITE_URL}{reverse('figures:duties')}"
        note = _("Calls and promises are those of %(day)s.") % {"day": f"{before:%Y-%m-%d}"}
        if as_markdown:
            lines = [f"### {title}", *(f"- {label}: [{text}]({url})" for label, text, url in told), "", note, "", f"[{_('Open the figures')}]({more})"]
        else:
            lines = [title, "", *(f"{label}: {text}\n    {url}" for label, text, url in told), "", note, more]
    return title, "\n".join(lines)


def last_working_day(day: date, working: WorkingTime) -> date:
    """The working day before `day`."""
    day -= timedelta(days=1)
    while not working.is_working(day):
        day -= timedelta(days=1)
    return day


def _again_later(send: DigestSend, failure: str, now: datetime) -> None:
    if send.attempts > len(WAITS):
        _ends(send, SendState.FAILED, failure, now)
        return
    DigestSend.objects.filter(pk=send.pk).update(state=SendState.WAITING, next_at=now + WAITS[send.attempts - 1], failure=failure[:200])


@transaction.atomic
def _ends(send: DigestSend, state: str, failure: str, now: datetime) -> None:
    """It came to nothing, or nobody knows: the administrators are told, once."""
    if DigestSend.objects.filter(pk=send.pk, state=SendState.SENDING).update(state=state, failure=failure[:200]):
        text = gettext_noop("The morning digest for %(person)s did not go out: %(why)s.")
        notify(people_with_role(Role.ADMINISTRATOR), text, now=now, path=reverse("figures:digest-list"), person=send.person, why=failure)


def _give_up_broken_off(now: datetime) -> None:
    stale = DigestSend.objects.filter(state=SendState.SENDING, started_at__lt=now - GIVEN_UP_AFTER)
    for send in stale.select_related("person"):
        _ends(send, SendState.UNSURE, "broken off while sending", now)


class NotToRepeat(Refused):
    """Only what failed, or nobody knows of, is sent again by hand."""


@transaction.atomic
def send_again(*, send_id: int, by: User, now: datetime) -> DigestSend:
    """Somebody looked, and wants it sent once more."""
    again = {"state": SendState.WAITING, "attempts": 0, "next_at": now, "failure": ""}
    if not DigestSend.objects.filter(pk=send_id, state__in=[SendState.FAILED, SendState.UNSURE]).update(**again):
        raise NotToRepeat(_("It is on its way, or was sent already."))
    send = DigestSend.objects.get(pk=send_id)
    record("digest.repeated", subject=send, by=by, at=now)
    return send


@transaction.atomic
def choose_mail(*, by: User, by_mail: bool, now: datetime) -> None:
    """The person wants the digest by e-mail, or does not."""
    DigestChoice.objects.update_or_create(person=by, defaults={"by_mail": by_mail})
    record("digest.chosen", subject=by, by=by, at=now, changes={"by_mail": (None, by_mail)})


class BadAddress(Refused):
    """The address may not be posted to."""


def seen_robot(robot: DigestRobot | None) -> str:
    """The fingerprint of what a form shows; secrets by whether they changed."""
    names = ("name", "kind", "person_id", "url", "secret", "is_active")
    return fingerprint({name: getattr(robot, name) for name in names} if robot else None)


@transaction.atomic
def save_robot(
    *, robot_id: int | None, name: str, kind: str, person: User, url: str, secret: str, is_active: bool, by: User, now: datetime, seen: str | None = None
) -> DigestRobot:
    """A robot is set up or changed. An empty address or secret leaves what there is; neither is ever shown again or written to the trail."""
    robot = DigestRobot.objects.select_for_update(of=("self",)).get(pk=robot_id) if robot_id else None
    check_as_seen(seen, seen_robot(robot))
    if DigestRobot.objects.filter(name=name).exclude(pk=robot_id).exists():
        raise Refused(_("There is a robot of this name already."))
    url = url or (robot.url if robot else "")
    if fault := url_fault(url, hosts=settings.DIGEST_HOSTS, private=settings.DIGEST_PRIVATE_HOSTS):
        raise BadAddress(_("This address may not be posted to: %(why)s. Hosts are allowed by the setting DIGEST_HOSTS.") % {"why": fault})
    before = {"name": robot.name, "kind": robot.kind, "person": robot.person, "is_active": robot.is_active} if robot else {}
    robot = robot or DigestRobot()
    changed_url, changed_secret = url != robot.url, bool(secret) and secret != robot.secret
    robot.name, robot.kind, robot.person, robot.url, robot.is_active = name, kind, person, url, is_active
    robot.secret = secret or robot.secret
    robot.save()
    changes = {
        key: (before.get(key), value)
        for key, value in {"name": name, "kind": kind, "person": person, "is_active": is_active}.items()
        if before.get(key) != value
    }
    changes |= {key: (None, _("changed")) for key, changed in (("address", changed_url), ("secret", changed_secret)) if changed}
    record("digest_robot.saved", subject=robot, by=by, at=now, changes=changes)
    return robot
