from django.db import models

from collection.lib.crypto import EncryptedTextField


class Heartbeat(models.Model):
    """The last sign of life of a background process, one row each. `/readyz` reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """What a request with an idempotency key was answered, so that the same one sent again has no second effect (F14).

    Written in the transaction of the effect itself: there is no effect without its answer, and no answer without its effect.
    The person is an id, not a foreign key: this app stands below the people.
    """

    person_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    # Of method, path and body: the same key with another body is refused.
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person_id", "key"], name="operations_one_answer_per_key")]
        indexes = [models.Index(fields=["at"], name="operations_answers_by_time")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.key}"
