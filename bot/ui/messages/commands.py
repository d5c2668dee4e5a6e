"""Names and descriptions of commands, options and choices, as the command list shows them."""

from __future__ import annotations

IMAGINE = "Make a picture from words"
IMAGINE_OPTIONS = {
    "prompt": "What you would like to see",
    "model": "Which model draws it",
    "aspect": "Shape of the picture",
    "count": "How many pictures, each charged by itself",
    "image1": "A picture to take as an example",
    "image2": "Another example",
    "image3": "Another example",
    "image4": "Another example",
    "size": "2K, 4K or WIDTHxHEIGHT",
    "related": "Several pictures: a related set (one story), or separate ones",
    "guidance": "How closely to follow the prompt, for models that have it",
    "seed": "The same seed and prompt give similar pictures, for models that have it",
    "watermark": "Mark the picture as made by AI",
    "spoiler": "Hide the pictures until somebody taps them",
    "private": "Show the pictures to you alone",
}
RELATED_SET = "A related set"
RELATED_SEPARATE = "Separate pictures"
ASPECT_AUTO = "Automatic"

QUOTA = "See what you may still make"
MODELS = "See the models and what they can do"
MODELS_OPTIONS = {"model": "The model to look at"}
HELP = "How to make pictures here"
