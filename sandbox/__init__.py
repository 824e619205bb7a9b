"""A Slack workspace and a Cloudinary account on your own machine.

Two HTTP servers that behave as the published documents of the real services say. They import
nothing of the bot: an emulator that shares the bot's code would share its misreadings.
"""
