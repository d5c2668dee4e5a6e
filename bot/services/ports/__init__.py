"""What the services need from the world: small protocols, and the values that cross them.

Storage, providers, pictures and Discord implement these; services never see SQL, HTTP or
discord.py.
"""

from bot.services.ports.discord import (
    Messages,
    Progress,
    Publisher,
    ReplyPublisher,
    ResultPart,
    Shown,
    Sign,
)
from bot.services.ports.files import (
    EXPECTED_PICTURE_BYTES,
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
    Baskets,
    CounterKey,
    CounterKind,
    Database,
    Drafts,
    Grant,
    Hold,
    Jobs,
    LedgerKind,
    Quotas,
    Settings,
    StoredReference,
    UnitOfWork,
    forbid_transaction,
    transaction_open,
)

__all__ = [
    "EXPECTED_PICTURE_BYTES",
    "Baskets",
    "Clock",
    "CounterKey",
    "CounterKind",
    "Database",
    "Drafts",
    "Grant",
    "Hold",
    "ImageService",
    "Jobs",
    "LedgerKind",
    "Material",
    "Messages",
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
    "ReplyPublisher",
    "ResultPart",
    "Retry",
    "Settings",
    "Shown",
    "Sign",
    "Spool",
    "StoredReference",
    "UnitOfWork",
    "forbid_transaction",
    "transaction_open",
]
