"""Dashboards for methodologists: aggregates of the publication in force, read-only, in Russian (5-operation.md)."""
