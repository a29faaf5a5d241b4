from importlib import import_module

from django.apps import AppConfig


class LibConfig(AppConfig):
    """Only for its template tags; it has no models."""

    name = "collection.lib"
    label = "lib"

    def ready(self) -> None:
        import_module("collection.checks")  # registers the system checks
