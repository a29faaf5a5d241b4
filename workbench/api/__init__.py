"""The desk's API, versioned under /api/v1: one module for each part of the desk."""
