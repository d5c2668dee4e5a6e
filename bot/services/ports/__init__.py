"""What the services need from the world: small protocols, and the values that cross them.

Storage, providers, pictures and Discord implement these; services never see SQL, HTTP or
discord.py.
"""

from bot.services.ports.books import (
    Count,
    CounterKey,
    CounterKind,
    Grant,
    Grants,
    Hold,
    LedgerKind,
    Quotas,
    Standing,
)
from bot.services.ports.charts import Chart, ChartKind, Charts, Series
from bot.services.ports.circuits import Alarm, Circuit, CircuitStore
from bot.services.ports.decisions import AuditEntry, Block
from bot.services.ports.discord import (
    Asked,
    LogChannel,
    Made,
    Messages,
    Progress,
    Publisher,
    Recent,
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
from bot.services.ports.keepsakes import Baskets, Drafts, Settings
from bot.services.ports.readings import Ended, Measures, OpenJob, Readings, UnderWay
from bot.services.ports.stats import Usage
from bot.services.ports.storage import (
    Database,
    Jobs,
    StoredReference,
    UnitOfWork,
    forbid_transaction,
    transaction_open,
)

__all__ = [
    "EXPECTED_PICTURE_BYTES",
    "Alarm",
    "Asked",
    "AuditEntry",
    "Baskets",
    "Block",
    "Chart",
    "ChartKind",
    "Charts",
    "Circuit",
    "CircuitStore",
    "Clock",
    "Count",
    "CounterKey",
    "CounterKind",
    "Database",
    "Drafts",
    "Ended",
    "Grant",
    "Grants",
    "Hold",
    "ImageService",
    "Jobs",
    "LedgerKind",
    "LogChannel",
    "Made",
    "Material",
    "Measures",
    "Messages",
    "OpenJob",
    "Order",
    "PictureFacts",
    "Pictures",
    "PreparedReference",
    "Progress",
    "Publisher",
    "Quotas",
    "Readings",
    "Recent",
    "ReferenceSource",
    "References",
    "Reply",
    "ReplyItem",
    "ReplyPublisher",
    "ResultPart",
    "Retry",
    "Series",
    "Settings",
    "Shown",
    "Sign",
    "Spool",
    "Standing",
    "StoredReference",
    "UnderWay",
    "UnitOfWork",
    "Usage",
    "forbid_transaction",
    "transaction_open",
]
