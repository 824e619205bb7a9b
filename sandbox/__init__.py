"""A simulated Slack workspace and a simulated Cloudinary account on your own machine.

Two HTTP servers that behave as the published documents of the real services say. They import
nothing from the bot: a simulation that shares the bot's code would share its misreadings.
"""
