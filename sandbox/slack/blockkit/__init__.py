"""Checks of blocks and views: their shapes by JSON Schema, their sizes by table, and rules."""
