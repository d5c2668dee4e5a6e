"""Puts one bot together: adapters, then services on them."""
