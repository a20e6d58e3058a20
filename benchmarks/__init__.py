"""Benchmarks: not timed tests. `make bench` runs them; docs/benchmarks.md keeps the figures with size and machine."""
