"""Sign in with Slack, an OpenID Connect provider.

docs.slack.dev/authentication/sign-in-with-slack.
"""
