"""Sessions in the database, as Django keeps them; found by a query that is written once."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from collection.lib.prepared import Given, Prepared

LIVING = Prepared(lambda: Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())))


class SessionStore(DatabaseSessions):
    def _get_session_from_db(self) -> Session | None:
        session = LIVING.first(key=self.session_key, now=timezone.now())
        if session is None:
            self._session_key = None
        return session
