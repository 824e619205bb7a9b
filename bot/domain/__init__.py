"""The rules: pure functions over frozen dataclasses. No I/O, clock, randomness or logging."""
