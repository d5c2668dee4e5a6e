"""The demo: local image APIs and a simulated Discord; imports nothing else of `bot`."""
