from django.apps import AppConfig


class LibConfig(AppConfig):
    """Only for its template tags; it has no models."""

    name = "collection.lib"
    label = "lib"
