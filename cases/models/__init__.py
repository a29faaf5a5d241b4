from cases.models.case import Address, Case, CaseAccount, Contact, Debtor, Phone
from cases.models.client import Client, Payee
from cases.models.imports import ImportRun, ImportTemplate, Placement, RowFinding, StagedRow
from cases.models.intake import Arrival, ArrivalFile
from cases.models.registry import RegistryRequest
from cases.models.updates import BalanceEntry, ClientNote, Payment, StageChange

__all__ = [
    "Address",
    "Arrival",
    "ArrivalFile",
    "BalanceEntry",
    "Case",
    "CaseAccount",
    "Client",
    "ClientNote",
    "Contact",
    "Debtor",
    "ImportRun",
    "ImportTemplate",
    "Payee",
    "Payment",
    "Phone",
    "Placement",
    "RegistryRequest",
    "RowFinding",
    "StageChange",
    "StagedRow",
]
