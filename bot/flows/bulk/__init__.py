"""Bulk acts: the machine that runs a frozen list of parts, and what makes such lists."""
