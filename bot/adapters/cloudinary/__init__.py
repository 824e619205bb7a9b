"""The Cloudinary account: HTTP client, calls and answers."""
