"""The Web API, `/api/<method>`, with Slack's checks and errors."""
