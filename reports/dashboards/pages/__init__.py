"""The pages: each makes its blocks of a reader and a view."""
