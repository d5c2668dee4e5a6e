"""The pictures that the image APIs answer with."""
