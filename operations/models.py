from django.db import models


class Heartbeat(models.Model):
    """The last sign of life of a background process, one row each. `/readyz` reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
