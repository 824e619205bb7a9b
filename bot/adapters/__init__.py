"""One door for each outside thing: Cloudinary, Slack, Redis, Cedar, the clock."""
