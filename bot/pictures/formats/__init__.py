"""The parts that picture files are made of: bytes only, no decoder."""
