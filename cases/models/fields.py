import json
from typing import Any

from collection.lib.crypto import EncryptedTextField


class EncryptedJSONField(EncryptedTextField):
    """Plain JSON data that the database holds only as ciphertext: a bank's rows carry ID numbers and phones in any column."""

    def get_prep_value(self, value: Any) -> str:
        return super().get_prep_value(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def from_db_value(self, value: str, expression: Any, connection: Any) -> Any:
        return json.loads(super().from_db_value(value, expression, connection) or "null")
