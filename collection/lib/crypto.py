"""Personal data at rest (CR-46): AES-256-GCM in the column, and a keyed hash beside it to find the row again."""

import hashlib
import hmac
import secrets
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.utils.functional import cached_property

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
    return f"{KEY_ID}:{b2a_base64(nonce + sealed, newline=False).decode()}"


def encrypt_all(texts: Sequence[str | None], *, place: str) -> list[str | None]:
    """The same for a column, in less time; what is empty stays as it is."""
    seal, bound, nonces = _cipher(settings.FIELD_KEY).encrypt, place.encode(), secrets.token_bytes(NONCE_BYTES * len(texts))
    sealed = []
    for start, text in zip(range(0, len(nonces), NONCE_BYTES), texts, strict=True):
        nonce = nonces[start : start + NONCE_BYTES]
        sealed.append(f"{KEY_ID}:{b2a_base64(nonce + seal(nonce, text.encode(), bound), newline=False).decode()}" if text else text)
    return sealed


def decrypt(stored: str, *, place: str) -> str:
    key_id, _, body = stored.partition(":")
    if key_id != KEY_ID:
        raise CannotDecrypt(f"{place}: unknown key {key_id!r}")
    raw = a2b_base64(body)
    try:
        return _cipher(settings.FIELD_KEY).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except InvalidTag as error:
        raise CannotDecrypt(f"{place}: wrong key, or a value from another column") from error


@lru_cache(maxsize=8)
def _index(key: str) -> hmac.HMAC:
    return hmac.new(key.encode(), digestmod=hashlib.sha256)


def blind_index(kind: str, value: str) -> str:
    """Return what a value is found by; the same value of another kind ("phone", "id", "card") gives another index."""
    if not value:
        return ""
    index = _index(settings.INDEX_KEY).copy()
    index.update(f"{kind}|{value}".encode())
    return index.hexdigest()[:40]


class EncryptedTextField(models.TextField):
    """Text that the database holds only as ciphertext. An empty string stays empty. It can't be searched: use a blind index."""

    @cached_property
    def place(self) -> str:
        return f"{self.model._meta.label}.{self.attname}"

    def as_text(self, value: Any) -> str | None:
        """What is encrypted of a value."""
        return value if type(value) is str else super().get_prep_value(value)

    def get_prep_value(self, value: Any) -> str | None:
        text = self.as_text(value)
        return encrypt(text, place=self.place) if text else text

    def from_db_value(self, value, expression, connection):
        return decrypt(value, place=self.place) if value else value

    def get_lookup(self, lookup_name):
        raise FieldError(f"{self.place} is encrypted; look it up by its blind index.")
