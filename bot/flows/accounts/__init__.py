"""Product environments, and the linking of users."""
