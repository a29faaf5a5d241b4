from cases.models.case import Address, Case, CaseAccount, Contact, Debtor, Phone
from cases.models.client import Client
from cases.models.intake import Arrival, ArrivalFile, ImportTemplate, Placement, RowFinding, StagedRow
from cases.models.registry import RegistryRequest

__all__ = [
    "Address",
    "Arrival",
    "ArrivalFile",
    "Case",
    "CaseAccount",
    "Client",
    "Contact",
    "Debtor",
    "ImportTemplate",
    "Phone",
    "Placement",
    "RegistryRequest",
    "RowFinding",
    "StagedRow",
]
