"""Addresses that browsers and upload clients open: the sign-in page, discovery, file contents."""
