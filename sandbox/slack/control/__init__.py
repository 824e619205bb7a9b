"""The control surface `/sandbox/*`: acting as a person, reading the state, causing faults."""
