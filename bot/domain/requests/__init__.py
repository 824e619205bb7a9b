"""A request: its states, its terms, its votes and its deadlines."""
