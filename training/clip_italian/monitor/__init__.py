"""Reports of a run: log, plots, throughput."""
