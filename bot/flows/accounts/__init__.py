"""Product environments, as a person may see them."""
