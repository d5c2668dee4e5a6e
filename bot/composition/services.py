"""Builds the services of one bot on its adapters; opens nothing.

Each function builds the services of one package from those of the packages below it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.composition.adapters import Adapters, log_channel
from bot.config import Configuration
from bot.domain.job import Job, Post
from bot.models import failover_of, router_of
from bot.pictures.drawer import ChartDrawer
from bot.services.delivery.log_channel import LogChannelFeed
from bot.services.delivery.pickups import Pickups
from bot.services.delivery.posting import Delivery
from bot.services.delivery.reply_tickets import ReplyTickets
from bot.services.delivery.tickets import Tickets
from bot.services.delivery.upload_limits import UploadLimits
from bot.services.gallery.picture_details import PictureDetails
from bot.services.jobs.call_metrics import MeasuredService
from bot.services.jobs.circuit_breaker import Circuits
from bot.services.jobs.dependencies import JobDependencies
from bot.services.jobs.moves import Moves
from bot.services.jobs.result_picture import ResultCredentials
from bot.services.jobs.runner import Runner
from bot.services.jobs.slots import LeasedPlaces
from bot.services.jobs.worker import Worker
from bot.services.moderation.member_moderation import Moderation
from bot.services.moderation.removal_rights import RemovalRights
from bot.services.moderation.reports import Reports
from bot.services.moderation.reviews import Reviews
from bot.services.moderation.spoilers import Spoilers
from bot.services.moderation.staff_suggestions import StaffSuggestions
from bot.services.moderation.undo import Undo
from bot.services.operations.alerts import Alerts
from bot.services.operations.command_hash import CommandHash
from bot.services.operations.database_health import DatabaseHealth
from bot.services.operations.picture_store_health import PictureStoreHealth
from bot.services.operations.signing_news import SigningNews
from bot.services.people.guild_removal import GuildRemoval
from bot.services.quotas.limit_cache import LimitCache
from bot.services.quotas.limits import Limits
from bot.services.quotas.quota_book import QuotaBook, Rules
from bot.services.requests.drafts import DraftsAndBasket
from bot.services.requests.history import History
from bot.services.requests.intake import Intake
from bot.services.requests.queue_wait import QueueCaps
from bot.services.requests.recent_results import RecentResults
from bot.services.requests.repeats import Repeats
from bot.services.requests.results import Results
from bot.services.requests.thumbnails import Thumbnails
from bot.services.requests.variations import Variations
from bot.services.safety.judging import Judging
from bot.services.safety.request_check import RequestCheck
from bot.services.safety.result_check import ResultCheck
from bot.services.servers.access import Access
from bot.services.servers.changes import Changes
from bot.services.servers.policies import Policies
from bot.services.servers.server_settings import Server
from bot.services.servers.staff_rights import StaffRights
from bot.services.servers.statistics import Statistics
from bot.services.tasks.leases import Held, HoldsAll, LeaseHolder
from bot.services.tasks.wake_event import WakeEvent
from bot.ui.discord_api.membership import DiscordMembership
from bot.ui.discord_api.message_pictures import DiscordSpoilers
from bot.ui.discord_api.operator_alerts import DiscordAlertSink
from bot.ui.discord_api.reply_publisher import DiscordReplies
from bot.ui.discord_api.review_cards import DiscordReviewCards
from bot.ui.messages.operator import alerts as alert_words
from cogs.context import (
    DeliveryServices,
    ModerationServices,
    QuotaServices,
    RequestServices,
    ServerServices,
    StyleServices,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsServices:
    """What watches over the bot."""

    alerts: Alerts
    database_health: DatabaseHealth
    picture_store_health: PictureStoreHealth
    command_hash: CommandHash


@dataclass(frozen=True, slots=True, kw_only=True)
class JobServices:
    """What does the work; a wake event for each image service tells of new jobs."""

    worker: Worker
    circuits: Circuits
    wake_events: Mapping[str, WakeEvent]


def server_services(configuration: Configuration, outside: Adapters) -> ServerServices:
    """Build what keeps the decisions of servers."""
    database, clock = outside.database, outside.clock
    policies = Policies(database=database, clock=clock)
    changes = Changes(database=database, policies=policies, clock=clock)
    access = Access(
        guilds=configuration.access.guilds,
        open_to_all=configuration.access.open,
        direct=configuration.access.direct,
        policies=policies,
        clock=clock,
    )
    return ServerServices(
        policies=policies,
        access=access,
        staff_rights=StaffRights(access=access, policies=policies),
        changes=changes,
        settings=Server(changes=changes, database=database, policies=policies),
        statistics=Statistics(
            database=database,
            policies=policies,
            charts=ChartDrawer(),
            clock=clock,
            currency=configuration.quota.currency,
        ),
    )


def quota_services(
    configuration: Configuration, outside: Adapters, servers: ServerServices
) -> QuotaServices:
    """Build what counts and limits."""
    database, policies, clock = outside.database, servers.policies, outside.clock
    quota = configuration.quota
    book = QuotaBook(
        Rules(
            member=quota.default,
            ceiling=quota.server_budget,
            everywhere=quota.global_budget,
            personal=quota.personal,
            money=quota.spend,
        )
    )
    known_limits = LimitCache(database=database, policies=policies, clock=clock)
    limits = Limits(
        database=database,
        policies=policies,
        changes=servers.changes,
        quotas=book,
        known=known_limits,
        clock=clock,
    )
    return QuotaServices(book=book, limits=limits, known_limits=known_limits)


def operations_services(configuration: Configuration, outside: Adapters) -> OperationsServices:
    """Build what tells the operator of trouble."""
    database, clock = outside.database, outside.clock
    alerts = Alerts(
        alarm=DiscordAlertSink(
            outside.publisher,
            channel_id=configuration.alerts.channel,
            operators=configuration.access.operators,
        ),
        database=database,
        clock=clock,
        words=alert_words.provider,
    )
    outside.pictures.on_signing = SigningNews(
        alerts, words=alert_words.signing, over=alert_words.signing_over
    )
    return OperationsServices(
        alerts=alerts,
        database_health=DatabaseHealth(
            database=database,
            clock=clock,
            alerts=alerts,
            words=alert_words.database,
            over=alert_words.database_over,
        ),
        picture_store_health=PictureStoreHealth(
            spool=outside.spool,
            clock=clock,
            alerts=alerts,
            words=alert_words.picture_store,
            over=alert_words.picture_store_over,
        ),
        command_hash=CommandHash(database),
    )


def delivery_services(
    outside: Adapters,
    servers: ServerServices,
    quotas: QuotaServices,
    operations: OperationsServices,
    *,
    posted: Callable[[Job, Sequence[Post]], None],
    instance: str,
    held: Held,
    collected: WakeEvent,
) -> DeliveryServices:
    """Build what shows and posts; `posted` hears of each job whose result was posted.

    `collected` wakes who posts what is compared.
    """
    database, publisher, clock = outside.database, outside.publisher, outside.clock
    tickets = Tickets(
        publisher=publisher,
        database=database,
        catalog=outside.catalog,
        estimates=outside.estimates,
        clock=clock,
        quotas=quotas.book,
        policies=servers.policies,
        me=None if held.alone else instance,
    )
    reply_tickets = ReplyTickets(
        publisher=DiscordReplies(publisher),
        messages=publisher,
        policies=servers.policies,
        database=database,
        clock=clock,
    )
    limits = UploadLimits(database=database, publisher=publisher, clock=clock)
    delivery = Delivery(
        posted=posted,
        collected=collected,
        replies=reply_tickets,
        policies=servers.policies,
        limits=limits,
        publisher=publisher,
        tickets=tickets,
        database=database,
        quotas=quotas.book,
        pictures=outside.pictures,
        spool=outside.spool,
        clock=clock,
    )
    return DeliveryServices(
        delivery=delivery,
        pickups=Pickups(
            access=servers.access,
            policies=servers.policies,
            delivery=delivery,
            quotas=quotas.book,
            database=database,
            spool=outside.spool,
            clock=clock,
        ),
        tickets=tickets,
        upload_limits=limits,
        reply_tickets=reply_tickets,
        log_channel_feed=LogChannelFeed(
            channel=log_channel(outside),
            database=database,
            policies=servers.policies,
            clock=clock,
            alerts=operations.alerts,
            operator_words=alert_words.change,
            held=held,
        ),
    )


def job_services(
    configuration: Configuration,
    outside: Adapters,
    quotas: QuotaServices,
    operations: OperationsServices,
    delivery: DeliveryServices,
    guild_removal: GuildRemoval,
    *,
    instance: str,
    user_tag: Callable[[int], str],
    leases: LeaseHolder | None,
    check: ResultCheck,
    collected: WakeEvent,
) -> JobServices:
    """Build what does the work; `user_tag` is what image services are told of a member.

    With `leases` the places at image services are shared with other processes.
    """
    database, spool, clock = outside.database, outside.spool, outside.clock
    circuits = Circuits(database=database, clock=clock, alerts=operations.alerts)
    wake_events = {name: WakeEvent() for name in outside.image_services}
    moves = Moves(
        failover=failover_of(configuration, router_of(configuration, outside.catalog)),
        database=database,
        quotas=quotas.book,
        circuits=circuits,
        tickets=delivery.tickets,
        wake_events=wake_events,
        clock=clock,
        measures=outside.measures,
    )
    dependencies = JobDependencies(
        database=database,
        spool=spool,
        pictures=outside.pictures,
        quotas=quotas.book,
        delivery=delivery.delivery,
        tickets=delivery.tickets,
        circuits=circuits,
        moves=moves,
        check=check,
        collected=collected,
        credentials=ResultCredentials(outside.pictures, outside.measures),
        clock=clock,
        user_tag=user_tag,
    )
    worker = Worker(
        me=instance,
        runners={
            name: Runner(
                MeasuredService(service, outside.measures),
                dependencies,
                slots=LeasedPlaces(name, service.slots, leases) if leases else None,
            )
            for name, service in outside.image_services.items()
        },
        database=database,
        quotas=quotas.book,
        delivery=delivery.delivery,
        pickups=delivery.pickups,
        tickets=delivery.tickets,
        spool=spool,
        keep_seconds=keep_seconds(configuration),
        clock=clock,
        wake_events=wake_events,
        circuits=circuits,
        moves=moves,
        still_there=guild_removal.still_there,
        held=leases or HoldsAll(),
    )
    return JobServices(worker=worker, circuits=circuits, wake_events=wake_events)


def request_services(
    configuration: Configuration,
    outside: Adapters,
    servers: ServerServices,
    quotas: QuotaServices,
    delivery: DeliveryServices,
    jobs: JobServices,
    recent_results: RecentResults,
    judging: Judging,
    styles: StyleServices,
    *,
    consents: WakeEvent,
    removed: Callable[[], None],
) -> RequestServices:
    """Build what takes requests, and finds earlier ones.

    `consents` tells of one to be asked, `removed` hears of each result that goes.
    """
    database, spool, clock = outside.database, outside.spool, outside.clock
    router, queue = router_of(configuration, outside.catalog), configuration.queue
    intake = Intake(
        access=servers.access,
        policies=servers.policies,
        router=router,
        quotas=quotas.book,
        estimates=outside.estimates,
        database=database,
        references=outside.references,
        spool=spool,
        clock=clock,
        tickets=delivery.tickets,
        upload_limits=delivery.upload_limits,
        wake_events=jobs.wake_events,
        circuits=jobs.circuits,
        queue=QueueCaps(per_member=queue.per_member, per_server=queue.per_server),
        failover=failover_of(configuration, router),
        check=RequestCheck(judging=judging, database=database, spool=spool, clock=clock),
        preferences=styles.preferences,
        membership=DiscordMembership(outside.publisher),
        consents=consents,
    )
    results = Results(
        database=database,
        messages=outside.publisher,
        spool=spool,
        clock=clock,
        recent_results=recent_results,
        removed=removed,
    )
    thumbnails = Thumbnails(
        results=results,
        messages=outside.publisher,
        pictures=outside.pictures,
        spool=spool,
        clock=clock,
    )
    repeats = Repeats(results=results, database=database, spool=spool, clock=clock)
    return RequestServices(
        router=router,
        intake=intake,
        drafts=DraftsAndBasket(database=database, results=results, spool=spool, clock=clock),
        repeats=repeats,
        variations=Variations(
            router=router,
            policies=servers.policies,
            circuits=jobs.circuits,
            results=results,
            repeats=repeats,
        ),
        results=results,
        recent_results=recent_results,
        thumbnails=thumbnails,
        picture_details=PictureDetails(
            references=outside.references,
            pictures=outside.pictures,
            results=results,
            clock=clock,
        ),
        history=History(
            database=database,
            thumbnails=thumbnails,
            catalog=outside.catalog,
            estimates=outside.estimates,
            clock=clock,
        ),
    )


def moderation_services(
    outside: Adapters,
    servers: ServerServices,
    quotas: QuotaServices,
    delivery: DeliveryServices,
    requests: RequestServices,
    *,
    check: ResultCheck,
    held: Held,
    covered: Callable[[], None],
) -> ModerationServices:
    """Build what moderators use; `covered` hears of each result behind a spoiler."""
    actions = Moderation(
        changes=servers.changes,
        policies=servers.policies,
        quotas=quotas.book,
        results=requests.results,
        tickets=delivery.tickets,
        database=outside.database,
        clock=outside.clock,
    )
    spoilers = Spoilers(
        changes=servers.changes,
        database=outside.database,
        results=requests.results,
        messages=outside.publisher,
        spoilers=DiscordSpoilers(outside.publisher),
        covered=covered,
        clock=outside.clock,
    )
    return ModerationServices(
        actions=actions,
        removal_rights=RemovalRights(
            staff=servers.staff_rights,
            intake=requests.intake,
            results=requests.results,
            moderation=actions,
            changes=servers.changes,
        ),
        undo=Undo(
            changes=servers.changes,
            limits=quotas.limits,
            moderation=actions,
            spoilers=spoilers,
            database=outside.database,
        ),
        spoilers=spoilers,
        reports=Reports(
            database=outside.database,
            policies=servers.policies,
            channel=log_channel(outside),
        ),
        reviews=Reviews(
            check=check,
            cards=DiscordReviewCards(outside.publisher, outside.catalog),
            delivery=delivery.delivery,
            membership=DiscordMembership(outside.publisher),
            taken=delivery.pickups.taken,
            quotas=quotas.book,
            policies=servers.policies,
            pictures=outside.pictures,
            database=outside.database,
            spool=outside.spool,
            clock=outside.clock,
            held=held,
        ),
        suggestions=StaffSuggestions(outside.clock),
    )


def keep_seconds(configuration: Configuration) -> int:
    return configuration.storage.keep_hours * 3600
