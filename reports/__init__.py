"""Reports that people open: the static site of a region and its schools. Reads the published file, aggregates only."""
