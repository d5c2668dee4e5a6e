"""What `easel check` says, and `easel run` of what it lacks: the state, and how to fix problems."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ui.language import Phrase, _, pgettext
from bot.ui.messages.words import gigabytes, listed, plural, quoted, sentences

CLOCK_WELL = Phrase("Clock: it matches Discord's.")
PUBLIC = Phrase(
    "Public bot: anyone can invite it, and it works in every server (access.open). "
    "quota.global_budget limits what they can spend together."
)
PUBLIC_WITHOUT_LIMIT = Phrase(
    "Public bot: anyone can invite it, it works in every server (access.open), and "
    'quota.global_budget = "none" sets no limit on spending. Set a budget, list the servers in '
    "access.guilds, or turn off Public Bot in the developer portal (Bot)."
)
PUBLIC_BUT_LISTED = Phrase(
    "Public bot: anyone can invite it, but it works only in the servers of access.guilds. To stop "
    "others from inviting it, turn off Public Bot in the developer portal (Bot)."
)
NOBODY_ALERTED = Phrase(
    "Alerts: problems are only written to the log. Set a channel in alerts.channel, or add "
    "yourself to access.operators."
)
ALERTS_WELL = Phrase("Alerts: they are sent to the operator on Discord.")
NO_KEYS = Phrase("No provider has a key, so no model is offered.")
NO_LOGIN = Phrase(
    "There is no Discord token: copy it from the developer portal (Bot, Reset Token) into "
    "discord.token or EASEL_DISCORD__TOKEN."
)
NO_SERVERS = Phrase(
    "No server may use the bot: list server ids in access.guilds, or set access.open = true to "
    "allow all."
)
LOGIN_REFUSED = Phrase(
    "Discord refuses the token: copy it again from the developer portal (Bot, Reset Token) into "
    "discord.token or EASEL_DISCORD__TOKEN."
)
OPEN_TO_ALL = Phrase("Access: every server may use the bot (access.open).")


def finding(text: str, *, well: bool) -> str:
    """Return a line of `check`."""
    sign = pgettext("check", "ok") if well else pgettext("check", "FIX")
    return f"{sign:<4}  {text}"


def configuration_read(file: str | None) -> str:
    """Say that the configuration is right."""
    if file is None:
        return _("Configuration: no file; the environment and the shipped defaults.")
    return _("Configuration: {file}.", file=file)


def database_due(revision: str | None) -> str:
    """Say what the next start does to the database."""
    if revision is None:
        return _("Database: empty; `easel run` sets it up.")
    return _("Database: at revision {revision}; `easel run` upgrades it.", revision=revision)


def database_well(revision: str | None) -> str:
    """Say that the database is the one of this Easel."""
    return _("Database: at revision {revision}.", revision=revision)


def database_wrong(why: str) -> str:
    """Say why the database cannot be used."""
    return _("Database: {why}.", why=why)


def data_folder_well(folder: str, free_bytes: int) -> str:
    """Say that there is room for files."""
    return _("Files: {folder}, {size} free.", folder=folder, size=gigabytes(free_bytes))


def data_folder_full(folder: str, free_bytes: int) -> str:
    """Say that there is too little room for files."""
    return _(
        "Files: only {size} free for {folder}. Free some space, or set another folder in "
        "storage.data_dir.",
        size=gigabytes(free_bytes),
        folder=folder,
    )


def data_folder_impossible(folder: str) -> str:
    """Say that files cannot be stored where there is no disk at all."""
    return _(
        "Files: {folder} is not on a disk. Set another folder in storage.data_dir.", folder=folder
    )


def data_folder_unwritable(folder: str) -> str:
    """Say that files cannot be written."""
    return _(
        "Files: {folder} cannot be written. Fix its permissions, or set another folder in "
        "storage.data_dir.",
        folder=folder,
    )


def time_zones(release: str) -> str:
    """Say which release of the zone data Easel uses."""
    return _("Time zones: release {release} of the IANA data.", release=release)


def token_accepted(name: str) -> str:
    """Say who the bot is."""
    return _("Discord: the token belongs to {name}.", name=name)


def discord_status(base: str, status: int) -> str:
    """Say that Discord answered with an error."""
    return _(
        "Discord at {base} answered {status}: fix discord.api_base, or try again later.",
        base=base,
        status=status,
    )


def discord_unreachable(base: str, why: str) -> str:
    """Say that Discord gave no answer."""
    return _(
        "Discord cannot be reached at {address}: fix the network or discord.api_base.",
        address=_with_detail(base, why),
    )


def servers_listed(count: int) -> str:
    """Say how many servers may use the bot."""
    return _(
        "Access: {servers} may use the bot (access.guilds).",
        servers=plural(count, "server"),
    )


def in_server(guild_id: int) -> str:
    """Say that the bot can work in a server."""
    return _(
        "Server {guild_id}: the bot is there and has all permissions it needs.", guild_id=guild_id
    )


def not_in_server(guild_id: int) -> str:
    """Say that the bot is missing in a server."""
    return _(
        "Server {guild_id}: the bot is not there. Open the invite link, or remove the server from "
        "access.guilds.",
        guild_id=guild_id,
    )


def permissions_missing(guild_id: int, names: Sequence[str]) -> str:
    """Say which permissions the bot lacks in a server."""
    return _(
        "Server {guild_id}: the bot is missing {permissions}. Open the invite link again, or give "
        "these permissions to its role.",
        guild_id=guild_id,
        permissions=", ".join(names),
    )


def invite(link: str) -> str:
    """Show how the bot gets into a server."""
    return _("Invite link: {link}", link=link)


def default_offered(setting: str, model_id: str) -> str:
    """Say that a default model serves."""
    return _("{setting}: {model_id} is offered.", setting=setting, model_id=model_id)


def default_unknown(setting: str, model_id: str, near: str | None) -> str:
    """Say that a default model does not exist."""
    wrong = _("{setting}: there is no model {model}.", setting=setting, model=quoted(model_id))
    return sentences(wrong, instead_try(near))


def default_unable(setting: str, model_id: str, operation: str, instead: str | None) -> str:
    """Say that a default model cannot do what it is the default for."""
    if operation == "generate":
        wrong = _(
            "{setting}: {model} cannot make pictures from text alone.",
            setting=setting,
            model=model_id,
        )
    else:
        wrong = _("{setting}: {model} cannot edit pictures.", setting=setting, model=model_id)
    return sentences(wrong, _instead(instead))


def default_off(setting: str, model_id: str, providers: Sequence[str], instead: str | None) -> str:
    """Say that a default model is not offered, and what serves in its place."""
    wrong = _(
        "{setting}: {model} is off because its provider has no key.",
        setting=setting,
        model=model_id,
    )
    remedy = _("Set {settings}.", settings=listed(map(key_setting, providers)))
    return sentences(wrong, remedy, _instead(instead))


PRICES_NAMED = Phrase("quota.spend: every offered model has a price.")


def prices_missing(models: Sequence[str]) -> str:
    """Say which models a limit of money does not count."""
    return _(
        "quota.spend does not count {models}: set their price under [models.custom], such as "
        "generate.cost.price = 0.04",
        models=listed(models),
    )


def provider_off(name: str) -> str:
    """Say that a provider is not in use."""
    return _(
        "Provider {name}: off, it has no key. To use it, set {setting}.",
        name=name,
        setting=key_setting(name),
    )


def no_such_service(name: str, known: Sequence[str]) -> str:
    """Say that reference pictures cannot go to a service that does not exist."""
    return _(
        "models.references_to: there is no provider {name}; there are {known}",
        name=name,
        known=listed(known),
    )


def references_also_to(names: Sequence[str]) -> str:
    """Say who may get reference pictures that were meant for another service."""
    return _(
        "models.references_to: {names} may also get reference pictures; name all services in your "
        "privacy policy.",
        names=listed(names),
    )


def models_not_served(name: str, models: Sequence[str]) -> str:
    """Say that a provider lists models that no entry of the catalog knows."""
    return _(
        "providers.{name}.models: no model of its kind is called {models}. `easel models` shows "
        "them all; add others under [models.custom]",
        name=name,
        models=listed(models),
    )


def key_accepted(name: str) -> str:
    """Say that a provider's key works."""
    return _("Provider {name}: the key is accepted, and a made-up one is refused.", name=name)


def models_not_listed(name: str, provider: str, models: Sequence[str]) -> str:
    """Say which models a service is to be asked for and does not list."""
    return _(
        "Provider {name}: it does not list {models}. If it refuses them, name those that it serves "
        "in {setting}.",
        name=name,
        models=listed(models, "and"),
        setting=f"providers.{provider}.models",
    )


def no_key_needed(name: str, detail: str) -> str:
    """Say that a service answers without a key."""
    return _(
        "Provider {name}: {answers}, and needs no key.",
        name=name,
        answers=_with_detail(_("it answers"), detail),
    )


def key_unproven(name: str, detail: str) -> str:
    """Say that a service answers, and that nothing shows whether its key is right."""
    return _(
        "Provider {name}: {answers}. Whether its key is right is not proven: nothing that costs "
        "nothing shows it. The first picture will tell.",
        name=name,
        answers=_with_detail(_("it answers"), detail),
    )


def provider_blocked(name: str, address: str, detail: str) -> str:
    """Say that something in front of a service refuses this client."""
    return _(
        "Provider {name}: something in front of {address} refuses this client, so the key was not "
        'looked at. Set {setting}, such as {{"User-Agent" = "..."}}, or ask the provider.',
        name=name,
        address=_with_detail(address, detail),
        setting=f"providers.{name}.headers",
    )


def key_refused(name: str, detail: str) -> str:
    """Say that a provider's key does not work."""
    return _(
        "Provider {name}: the key is {refused}. Set {setting}.",
        name=name,
        refused=_with_detail(_("refused"), detail),
        setting=key_setting(name),
    )


def provider_unreachable(name: str, address: str, detail: str) -> str:
    """Say that a provider does not answer as one."""
    return _(
        "Provider {name}: no image service answers at {address}. Fix {setting} or the network.",
        name=name,
        address=_with_detail(address, detail),
        setting=f"providers.{name}.base_url",
    )


def servers_well(count: int) -> str:
    """Say in how many of the listed servers the bot can work."""
    return _(
        "Servers: in {count} of those listed, the bot is there and has all permissions it needs.",
        count=count,
    )


def not_discord(base: str) -> str:
    """Say that something else than Discord answers."""
    return _(
        "{address} does not answer like Discord: fix discord.api_base, including its version, or "
        "ask the operator of the proxy.",
        address=base,
    )


def intents(granted: Sequence[str]) -> str:
    """Say which privileged intents are granted; the bot needs none of them."""
    if not granted:
        return _("Intents: no privileged intents are granted, and none are needed.")
    return _(
        "Intents: you can turn off {intents} in the developer portal (Bot); Easel does not use "
        "privileged intents.",
        intents=listed(granted),
    )


def shards(count: int) -> str:
    """Say with how many connections the bot starts."""
    return _("Shards: {count}.", count=count)


def too_few_shards(count: int, advised: int) -> str:
    """Say that Discord wants more connections than are configured."""
    return _(
        "Shards: discord.shards is {count}, but Discord recommends {advised}. Raise it, or remove "
        "it to follow Discord.",
        count=count,
        advised=advised,
    )


def no_sessions(left: int, wait_seconds: int) -> str:
    """Say that the bot was started too often today."""
    hours = -(-wait_seconds // 3600)
    return _(
        "Discord lets the bot connect {times} now, which is too few to start. Find out why it "
        "keeps restarting, and wait {hours}.",
        times=plural(left, "more time"),
        hours=plural(hours, "hour"),
    )


def clock_wrong(seconds: int) -> str:
    """Say how far off the clock is: positive is ahead."""
    off = plural(abs(seconds), "second")
    if seconds > 0:
        wrong = _("Clock: it is {seconds} ahead of Discord's.", seconds=off)
    else:
        wrong = _("Clock: it is {seconds} behind Discord's.", seconds=off)
    remedy = _(
        "Turn on time synchronisation (timedatectl set-ntp true); otherwise quotas renew at the "
        "wrong time and tickets show wrong times."
    )
    return sentences(wrong, remedy)


def database_impossible(path: str) -> str:
    """Say that a database cannot be stored where there is no disk at all."""
    return _("Database: {file} is not on a disk. Set another file in storage.url.", file=path)


def database_unwritable(path: str) -> str:
    """Say that the database file cannot be written."""
    return _(
        "Database: {file} or its folder cannot be written. Fix their permissions and owner, or set "
        "another file in storage.url.",
        file=path,
    )


def database_folder_full(path: str, free: str) -> str:
    """Say that there is too little room for the database to grow."""
    return _(
        "Database: only {size} free for {file}. Free some space, or set another file in "
        "storage.url.",
        size=free,
        file=path,
    )


def spool_well(used: str, limit: str) -> str:
    """Say how full the folder of pictures under way is."""
    return _("Spool: {used} of {limit}.", used=used, limit=limit)


def spool_full(folder: str, used: str, limit: str) -> str:
    """Say that there is hardly room for pictures under way."""
    return _(
        "Spool: {folder} holds {used} of {limit}, so new requests will be refused. Raise "
        "storage.spool_limit_mb, or lower storage.keep_hours.",
        folder=folder,
        used=used,
        limit=limit,
    )


def spool_unwritable(folder: str) -> str:
    """Say that pictures cannot be written."""
    return _("Spool: {folder} cannot be written. Fix its permissions and owner.", folder=folder)


def picture_store_well(address: str) -> str:
    """Say that the store takes pictures and gives them back."""
    return _("Pictures: {address} takes, lists, gives and deletes.", address=address)


def picture_store_wrong(problem: str) -> str:
    """Say why the store cannot be used."""
    return _("Pictures: {problem}.", problem=problem)


def key_setting(name: str) -> str:
    """Return the setting of a provider's key, as the file and the environment call it."""
    return f"providers.{name}.api_key (EASEL_PROVIDERS__{name.upper()}__API_KEY)"


def instead_try(value: object) -> str:
    """Return what would do instead, nothing where nothing is known."""
    return _("Try {value}.", value=value) if value else ""


def _instead(model_id: str | None) -> str:
    if model_id is None:
        return str(NO_KEYS)
    return _("{model} is used instead; set it here, or add a key.", model=model_id)


def _with_detail(text: str, detail: str) -> str:
    return f"{text} ({detail})" if detail else text
