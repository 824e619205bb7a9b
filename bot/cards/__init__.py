"""Cards: domain values rendered as Block Kit or text, by pure functions."""
