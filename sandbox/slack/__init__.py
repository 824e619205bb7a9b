"""The Slack side of the sandbox: Web API, signed deliveries, and a page to be somebody in."""
