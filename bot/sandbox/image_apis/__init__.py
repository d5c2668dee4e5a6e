"""The image APIs on loopback, as strict as their documents, with faults on demand.

Imports nothing else of the project, so that its reading of the documents is independent.
"""

from bot.sandbox.image_apis.apis.checked_request import Source
from bot.sandbox.image_apis.faults import FAULTS
from bot.sandbox.image_apis.journal import Received
from bot.sandbox.image_apis.server import create_app
from bot.sandbox.image_apis.service import ImageApis, configuration_fragment, serve

__all__ = [
    "FAULTS",
    "ImageApis",
    "Received",
    "Source",
    "configuration_fragment",
    "create_app",
    "serve",
]
