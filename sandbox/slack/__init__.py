"""The simulated Slack workspace: Web API, signed deliveries, and a web page for its people."""
