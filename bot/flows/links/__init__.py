"""One-time links: made, opened once, and closed again after a crash."""
