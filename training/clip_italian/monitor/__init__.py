"""Report on a run: log, plots, throughput."""
