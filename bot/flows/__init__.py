"""The order of things: what is asked of whom, and when. Sees the domain and its own ports."""
