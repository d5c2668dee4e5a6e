"""Easel: a Discord bot for community image requests."""
