"""Product environments."""
