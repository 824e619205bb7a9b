"""The rules: frozen dataclasses and pure functions. No I/O, clock, randomness or logging."""
