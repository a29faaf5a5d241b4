"""Signing in, and what a person may do: roles and rights in one query a request, where Django asks three times."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db.models import Model

from staff.models import User


class RoleBackend(ModelBackend):
    def get_all_permissions(self, user_obj: Any, obj: Model | None = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        return super().get_all_permissions(user_obj, obj) if user_obj.is_superuser else user_obj.rights
