"""Connectors: sources that are asked for their data, and the delivery that comes of it (specification 1-extracts.md).

A connector fills `<landing>/<date>.part`; when all of them are done the folder becomes `<landing>/<date>`, a delivery
like any other. Does not belong here: settings, schedules, Dagster.
"""
