"""S01, S38: every door is locked for a stranger; a collector can't open the pages of other roles."""

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from staff.choices import Role
from tests.factories import make_user

OPEN_TO_ALL = {"operations:healthz", "operations:readyz", "staff:sign-in", "javascript-catalog", "set_language"}


def doors(resolver=None, prefix="", namespace=""):
    """(name, path) of every route; arguments are filled with an id that exists nowhere."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from doors(entry, path, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{namespace}{entry.name}", "/" + _filled(path)


def _filled(path: str) -> str:
    parts = []
    for part in path.replace("^", "").replace("$", "").split("<"):
        _, closed, rest = part.partition(">")
        parts.append(f"999999999{rest}" if closed else part)
    return "".join(parts)


ALL = sorted(set(doors()))


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), [door for door in ALL if door[0] not in OPEN_TO_ALL])
def test_a_stranger_gets_nothing(client, name, path):
    answer = client.get(path)

    assert answer.status_code in (302, 401, 403, 404, 405), path
    if answer.status_code == 302:
        assert "/sign-in" in answer["Location"]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "path"), [door for door in ALL if "999999999" in door[1]])
def test_an_id_that_is_not_yours_is_refused_like_one_that_does_not_exist(client, name, path):
    client.force_login(make_user(Role.COLLECTOR))

    answers = {client.get(path).status_code, client.post(path).status_code}

    assert answers <= {302, 400, 403, 404, 405}, path
