"""The law's limits as plain functions on plain values: layers, the contact gate, wording. No database, no clock."""
