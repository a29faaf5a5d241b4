"""Personal data at rest (CR-46): AES-256-GCM in the column, and a keyed hash beside it to find the row again."""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models

KEY_ID = "k1"
NONCE_BYTES = 12


class CannotDecrypt(Exception):
    """The stored value was made with another key, or moved here from another column."""


@lru_cache(maxsize=8)
def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(key.encode()).digest())


def encrypt(text: str, *, place: str) -> str:
    """Return ciphertext bound to `place` (app.Model.column): moved elsewhere, it no longer decrypts."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(settings.FIELD_KEY).encrypt(nonce, text.encode(), place.encode())
    return f"{KEY_ID}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, place: str) -> str:
    key_id, _, body = stored.partition(":")
    if key_id != KEY_ID:
        raise CannotDecrypt(f"{place}: unknown key {key_id!r}")
    raw = base64.b64decode(body)
    try:
        return _cipher(settings.FIELD_KEY).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except InvalidTag as error:
        raise CannotDecrypt(f"{place}: wrong key, or a value from another column") from error


def blind_index(kind: str, value: str) -> str:
    """Return what a value is found by; the same value of another kind ("phone", "id", "card") gives another index."""
    if not value:
        return ""
    message = f"{kind}|{value}".encode()
    return hmac.new(settings.INDEX_KEY.encode(), message, hashlib.sha256).hexdigest()[:40]


class EncryptedTextField(models.TextField):
    """Text that the database holds only as ciphertext. An empty string stays empty. It can't be searched: use a blind index."""

    @property
    def place(self) -> str:
        return f"{self.model._meta.label}.{self.attname}"

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value, place=self.place) if value else value

    def from_db_value(self, value, expression, connection):
        return decrypt(value, place=self.place) if value else value

    def get_lookup(self, lookup_name):
        raise FieldError(f"{self.place} is encrypted; look it up by its blind index.")
