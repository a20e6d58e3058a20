"""Who walks the corridor: settings, the build, publication, locks, the audit log, Dagster definitions and `portfolio`.

Does not belong here: what a file means (extracts), how a figure is computed (models), what a table of the portal looks
like (portal), what a page shows (reports).
"""
