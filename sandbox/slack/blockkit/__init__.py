"""What Slack accepts in blocks, views and messages: shapes by schema, sizes by table."""
