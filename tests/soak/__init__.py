"""A mixed load over hours while processes and Redis die: nothing lost, doubled or unanswered."""
