from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from duties.selectors import unmet_duties_of
from staff.choices import Theme
from staff.selectors import inbox_of
from workbench.navigation import navigation_for

COUNTED = 100


def shell(request: HttpRequest) -> dict:
    """What the shell shows on every page: navigation, unread notices, the most pressing duty. Two queries, only when rendered."""
    return {"shell": SimpleLazyObject(lambda: shell_of(request))}


def shell_of(request: HttpRequest) -> dict:
    user = getattr(request, "user", None)
    frame = {"agency": settings.AGENCY_NAME, "version": settings.VERSION, "themes": Theme.choices, "theme": Theme.SYSTEM}
    if user is None or not user.is_authenticated:
        return frame | {"nav": [], "unread": 0, "nearest": None}
    unread = inbox_of(user).unread().count()
    duties = list(unmet_duties_of(user)[:COUNTED])
    counts = {"unread": _told(unread), "duties": _told(len(duties))}
    return frame | {
        "theme": user.theme,
        "nav": SimpleLazyObject(lambda: navigation_for(user, path=request.path, counts=counts)),  # the bell's own poll needs none
        "unread": unread,
        "nearest": duties[0] if duties else None,
    }


def _told(count: int) -> str:
    """A count as a badge tells it; nothing for zero."""
    return "99+" if count > COUNTED - 1 else str(count or "")
