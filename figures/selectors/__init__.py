"""The one query layer: pages, exports, digest and API get every number from here, and the lists of rows come from the same conditions."""
