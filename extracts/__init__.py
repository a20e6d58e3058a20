"""What comes in: the contract of every dataset, readers, rejects, raw Parquet and the sample region.

Does not belong here: dbt, Dagster, anything of the portal.
"""
