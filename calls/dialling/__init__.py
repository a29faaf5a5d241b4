"""How a call is placed (docs/dialling.md): one interface, three back ends, chosen by the setting DIALLING."""

from calls.dialling.base import Asked, Dialer, NotPlaced, Unsure
from calls.dialling.choosing import dialer_in_use

__all__ = ["Asked", "Dialer", "NotPlaced", "Unsure", "dialer_in_use"]
