"""Dagster's assets, thin: each calls one function of a room and tells counts and dates."""
