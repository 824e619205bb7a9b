"""The simulated Cloudinary account: Provisioning API, Permissions API and a page of its state."""
