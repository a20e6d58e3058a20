"""The rules of quality and completeness (specification 3-quality.md). Knows nothing of Dagster."""
