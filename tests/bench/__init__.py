"""The benchmark: ratios against baselines of its own; no test measures time."""
