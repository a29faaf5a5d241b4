"""What must hold before the desk may open: said by `manage.py check`, with a hint and an id."""

from importlib.metadata import version

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.checks import Warning as Doubt

# Known holes below these (docs/operations.md, "Versions").
FLOORS = {
    "Django": (5, 2, 11),
    "djangorestframework": (3, 17, 2),
    "weasyprint": (70, 0),
    "openpyxl": (3, 1, 5),
    "defusedxml": (0, 7, 1),
    "celery": (5, 2, 2),
}


@register(Tags.security)
def versions_are_safe(app_configs, **kwargs) -> list[Error]:
    """Each package with a known hole is at a version without it."""
    return [
        Error(f"{name} {version(name)} has known security holes.", hint="make setup installs the pinned version.", id="collection.E001")
        for name, floor in FLOORS.items()
        if _parts(version(name)) < floor
    ]


@register(Tags.security, deploy=True)
def secrets_are_different(app_configs, **kwargs) -> list[Error]:
    """One leaked secret must not open the other locks."""
    if len({settings.SECRET_KEY, settings.FIELD_KEY, settings.INDEX_KEY}) == 3:
        return []
    return [Error("SECRET_KEY, FIELD_KEY and INDEX_KEY must differ.", hint="Make three: openssl rand -hex 32", id="collection.E002")]


@register(Tags.database, deploy=True)
def production_uses_a_server(app_configs, **kwargs) -> list[Doubt]:
    """Many people at once need PostgreSQL and Redis; the embedded pair serves one desk."""
    found = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        found.append(Doubt("SQLite in production.", hint="Set DATABASE_URL to PostgreSQL.", id="collection.W001"))
    if not settings.REDIS_URL:
        found.append(Doubt("The embedded broker in production.", hint="Set REDIS_URL.", id="collection.W002"))
    return found


def _parts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
