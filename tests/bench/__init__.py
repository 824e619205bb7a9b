"""The benchmark: ratios against a baseline that it runs itself, never in a timed test."""
