"""What the services need from the world: small protocols, and the values that cross them.

Storage, providers, pictures and Discord implement these; services never see SQL, HTTP or
discord.py.
"""

from bot.services.ports.charts import Chart, ChartKind, Charts, Series
from bot.services.ports.circuits import AlertSink, Circuit, CircuitStore
from bot.services.ports.decisions import AuditEntry, Block
from bot.services.ports.discord import (
    LogChannel,
    MessageReference,
    Messages,
    Progress,
    Publisher,
    Reaction,
    Recent,
    ReplyPublisher,
    ResultPart,
    ResultPicture,
    ResultSummary,
    SpoilerMessages,
)
from bot.services.ports.drafts import NO_REMEDIES, Baskets, Drafts, Remedies, Settings
from bot.services.ports.files import (
    EXPECTED_PICTURE_BYTES,
    Clock,
    PictureFacts,
    PictureFile,
    Pictures,
    PreparedReference,
    References,
    ReferenceSource,
    Spool,
    StoredReference,
)
from bot.services.ports.history import HistoryEntry, HistoryPage
from bot.services.ports.images import (
    CallRequest,
    ImageService,
    ReferenceFile,
    Reply,
    ReplyItem,
    Retry,
)
from bot.services.ports.jobs.spoilers import ReportCard
from bot.services.ports.ledger import (
    Count,
    CounterKey,
    CounterKind,
    Grant,
    Grants,
    Hold,
    LedgerKind,
    Quotas,
    QuotaStatus,
)
from bot.services.ports.metrics import (
    Ended,
    Measures,
    MetricsQueries,
    OpenCounters,
    OpenJob,
    OperatorStatus,
    ServerPause,
    UnderWay,
)
from bot.services.ports.stats import Usage
from bot.services.ports.storage import (
    Database,
    UnitOfWork,
    forbid_transaction,
    transaction_open,
)

__all__ = [
    "EXPECTED_PICTURE_BYTES",
    "NO_REMEDIES",
    "AlertSink",
    "AuditEntry",
    "Baskets",
    "Block",
    "CallRequest",
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
    "HistoryEntry",
    "HistoryPage",
    "Hold",
    "ImageService",
    "LedgerKind",
    "LogChannel",
    "Measures",
    "MessageReference",
    "Messages",
    "MetricsQueries",
    "OpenCounters",
    "OpenJob",
    "OperatorStatus",
    "PictureFacts",
    "PictureFile",
    "Pictures",
    "PreparedReference",
    "Progress",
    "Publisher",
    "QuotaStatus",
    "Quotas",
    "Reaction",
    "Recent",
    "ReferenceFile",
    "ReferenceSource",
    "References",
    "Remedies",
    "Reply",
    "ReplyItem",
    "ReplyPublisher",
    "ReportCard",
    "ResultPart",
    "ResultPicture",
    "ResultSummary",
    "Retry",
    "Series",
    "ServerPause",
    "Settings",
    "SpoilerMessages",
    "Spool",
    "StoredReference",
    "UnderWay",
    "UnitOfWork",
    "Usage",
    "forbid_transaction",
    "transaction_open",
]
