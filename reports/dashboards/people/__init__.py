"""Pages that name children, for those whose role and scope allow it: what to mend, and the preview of a portfolio."""
