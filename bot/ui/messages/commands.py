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

JOBS = "See your requests: waiting, running, done"
MENU_EDIT = "Edit picture"
MENU_USE = "Use as reference"
MENU_DETAILS = "Picture details"
MENU_REPORT = "Report picture"
MENU_REMOVE = "Remove picture"
MENU_QUOTA = "Image quota"
QUOTA = "See what you may still make"
MODELS = "See the models and what they can do"
MODELS_OPTIONS = {"model": "The model to look at"}
HELP = "How to make pictures here"
ASPECT_SAME = "Same as the picture"

EDIT = "Change a picture"
EDIT_OPTIONS = {
    "prompt": "What to change",
    "image1": "The picture to change; without one, your newest picture here",
    "of": "One of your recent pictures here",
    "model": "Which model changes it",
    "aspect": "Shape of the new picture",
    "count": "How many pictures, each charged by itself",
    "image2": "Another picture to take something from",
    "image3": "Another picture to take something from",
    "image4": "Another picture to take something from",
    "image5": "Another picture to take something from",
    "image6": "Another picture to take something from",
    "mask": "Where to change it: transparent, or white on black",
    "size": "2K, 4K or WIDTHxHEIGHT",
    "guidance": "How closely to follow the prompt, for models that have it",
    "seed": "The same seed and prompt give similar pictures, for models that have it",
    "quality": "For models that have it; high costs more",
    "background": "For models that have it",
    "format": "File type of the new picture, for models that have it",
    "compression": "For JPEG and WebP, for models that have it",
    "watermark": "Mark the picture as made by AI",
    "spoiler": "Hide the pictures until somebody taps them",
    "private": "Show the pictures to you alone",
}
BLEND = "Put pictures together: up to 16, in one form"


def named(jump: str, number: int, of: int) -> str:
    """Return the ticket's line about the picture that was picked without being named."""
    which = f"picture {number} of your newest result" if of > 1 else "your newest picture here"
    return f"Changing [{which}]({jump})"
