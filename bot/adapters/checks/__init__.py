"""Probes: each gathers facts about one service for the rules of `bot.domain.checks`."""
