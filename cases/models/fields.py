from typing import Any

import orjson

from collection.lib.crypto import EncryptedTextField


class EncryptedJSONField(EncryptedTextField):
    """Plain JSON data that the database holds only as ciphertext: a bank's rows carry ID numbers and phones in any column."""

    def as_text(self, value: Any) -> str:
        return orjson.dumps(value).decode()

    def from_db_value(self, value: str, expression: Any, connection: Any) -> Any:
        return orjson.loads(super().from_db_value(value, expression, connection) or "null")
