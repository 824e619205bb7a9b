"""The Web API: `/api/<method>`, refusing what Slack refuses."""
