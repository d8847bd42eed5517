"""Demo data for make run, and load data for benchmarks."""
