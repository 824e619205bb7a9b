"""One-time links: make, reveal once, recover after a crash."""
