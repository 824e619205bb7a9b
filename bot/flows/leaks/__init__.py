"""The response to leaked keys: report, find, ask, keep, settle, answer."""
