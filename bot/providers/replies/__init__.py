"""From the bytes of an answer to pictures or a classified error. No I/O."""
