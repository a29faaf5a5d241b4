"""Calls are recorded, promises kept or broken, new cases filtered: one module for each."""
