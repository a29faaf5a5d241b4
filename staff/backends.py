"""Signing in, and what a person may do: roles and rights in one query a request, where Django asks three times."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import BigAutoField, Model

from collection.lib.prepared import Given, Prepared
from staff.models import User

PERSON = Prepared(lambda: User.objects.filter(pk=Given("person", BigAutoField())))


class RoleBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        user = PERSON.first(person=user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        return super().get_all_permissions(user_obj, obj) if user_obj.is_superuser else user_obj.rights
