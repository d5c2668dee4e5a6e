"""What the services need from the world: small protocols, and the values that cross them.

Storage, providers, pictures and Discord implement these; services never see SQL, HTTP or
discord.py.
"""

from bot.services.ports.discord import Progress, Publisher, ResultPart
from bot.services.ports.files import (
    Clock,
    PictureFacts,
    Pictures,
    PreparedReference,
    References,
    ReferenceSource,
    Spool,
)
from bot.services.ports.images import ImageService, Material, Order, Reply, ReplyItem, Retry
from bot.services.ports.storage import (
    CounterKey,
    CounterKind,
    Database,
    Grant,
    Hold,
    Jobs,
    LedgerKind,
    Quotas,
    StoredReference,
    UnitOfWork,
    forbid_transaction,
    transaction_open,
)

__all__ = [
    "Clock",
    "CounterKey",
    "CounterKind",
    "Database",
    "Grant",
    "Hold",
    "ImageService",
    "Jobs",
    "LedgerKind",
    "Material",
    "Order",
    "PictureFacts",
    "Pictures",
    "PreparedReference",
    "Progress",
    "Publisher",
    "Quotas",
    "ReferenceSource",
    "References",
    "Reply",
    "ReplyItem",
    "ResultPart",
    "Retry",
    "Spool",
    "StoredReference",
    "UnitOfWork",
    "forbid_transaction",
    "transaction_open",
]
