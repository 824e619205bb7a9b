"""Files: uploaded in two steps, shared in messages, read by whoever sees those."""
