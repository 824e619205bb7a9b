"""The Cloudinary side of the sandbox: Provisioning and Permissions API, and a page of its state."""
