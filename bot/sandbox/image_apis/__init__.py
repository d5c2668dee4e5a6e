"""The five image APIs on loopback, as strict as their documents, with faults on demand.

Imports nothing else of the project, so that its reading of the documents is independent.
"""

from .faults import FAULTS
from .journal import Received
from .order import Source
from .server import create_app
from .service import ImageApis, configuration_fragment, serve

__all__ = [
    "FAULTS",
    "ImageApis",
    "Received",
    "Source",
    "configuration_fragment",
    "create_app",
    "serve",
]
