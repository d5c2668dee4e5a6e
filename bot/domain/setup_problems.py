"""What keeps Easel from starting or from going on, and how the operator mends it."""

from __future__ import annotations

from bot.domain.translatable import N_, Sentence


class SetupProblem(Sentence):
    """What cannot be used as it is: the configuration, the database, a port, Discord."""

    # In words of somebody else, or in the reader's language already.
    SAID = "{said}"
    NO_FILE = N_(
        "{file} does not exist; copy config.example.toml there or name another with --config"
    )
    FILE_UNREADABLE = N_("{file} cannot be read: {why}")
    NOT_UTF8 = N_("{file} is not UTF-8 text; save it as UTF-8")
    NOT_TOML = N_("{file} is not valid TOML: {why}")
    NOT_JSON = N_("{name} is not valid JSON: {why}")
    NOT_A_TABLE = N_("{name}: {part} is not a table")
    CUSTOM_MODEL = N_(
        '[models.custom."{model}"] is not right: {mistake}. config.example.toml has a full example.'
    )

    NO_ADDRESS = N_(
        "storage.url is not a database address; write sqlite+aiosqlite:///data/easel.db"
    )
    OTHER_DRIVER = N_("storage.url begins with {driver}:; write sqlite+aiosqlite:///")
    IN_MEMORY = N_(
        "a database in memory would be shared by everything at once and lost at the end;"
        " name a file in storage.url"
    )
    ADDRESS_OPTIONS = N_("storage.url takes no options; end it with the name of the file")
    DATABASE_FOLDER = N_(
        "the folder {folder} for the database cannot be made ({why});"
        " mend its permissions or name another file in storage.url"
    )
    NO_DATABASE = N_(
        "there is no database {database}; run `easel db upgrade` to make it, or mend storage.url"
    )
    EMPTY = N_("the database is empty, this Easel needs revision {head}; run `easel db upgrade`")
    OLDER = N_(
        "the database is at revision {revision}, this Easel needs {head}; run `easel db upgrade`"
    )
    NEWER = N_(
        "this database was made by a newer Easel (revision {revision});"
        " update Easel or restore a backup"
    )
    OTHER_PROGRAM = N_("the database belongs to another program; name another file in storage.url")
    LOCKED = N_("the database {database} stays locked by another process; stop that process")
    NOT_OPENED = N_(
        "the database {database} cannot be opened; mend the permissions of the file and of its"
        " folder, or name another file in storage.url"
    )
    NOT_READ = N_("the database {database} may not be read; mend its permissions")
    NOT_WRITTEN = N_(
        "the database {database} cannot be written; mend the permissions of the file and of its"
        " folder"
    )
    NOT_A_DATABASE = N_(
        "the file {database} is not a database; name another file in storage.url or restore a"
        " backup"
    )
    DAMAGED = N_("the database {database} is damaged; restore a backup")
    DISK_FAILS = N_(
        "the disk of the database {database} fails; check it, then restore a backup if"
        " `easel db check` finds damage"
    )
    DISK_TAKES_NO_MORE = N_(
        "the disk of the database {database} takes no more; make room, lift the quota, or check"
        " the disk"
    )
    DISK_FULL = N_("the disk of the database {database} is full; make room")
    NO_ANSWER = N_(
        "it does not take anything within {seconds} seconds: another process may hold it locked, or"
        " its disk may be stuck"
    )

    NOTHING_TO_COPY = N_("there is no database {database} to back up; mend storage.url")
    NOT_COPIED_HERE = N_("only a SQLite database is backed up by Easel; use pg_dump for this one")
    COPY_EXISTS = N_("{file} exists already; name another file for the backup")
    COPY_NOT_WRITTEN = N_(
        "the backup {file} cannot be written ({why}); make room or name another place"
    )
    COPIES_FOLDER = N_(
        "the folder {folder} for a copy before the migration cannot be made ({why});"
        " mend the permissions of the folder above it"
    )
    PICTURES_FOLDER = N_(
        "the folder {folder} for pictures cannot be made ({why});"
        " mend its permissions or name another storage.data_dir"
    )

    NOT_MEASURED = N_("nothing is measured without health.port")
    PORT = N_("port {port} of {host} cannot be used ({why}); name another one in health.port")
    LOGIN_REFUSED = N_(
        "Discord refused the token: copy it again from the developer portal, Bot, Reset Token, into"
        " discord.token or EASEL_DISCORD__TOKEN"
    )
    DISCORD_AWAY = N_(
        "Discord cannot be reached at {address}: {why}; mend the network or discord.api_base"
    )
    NOT_DISCORD = N_(
        "{address} does not answer as Discord does; mend discord.api_base, its version included"
    )
    TOO_FEW_SHARDS = N_(
        "Discord wants more shards for so many servers than discord.shards = {shards}:"
        " raise it, or leave it out to follow Discord's advice"
    )
    DISCONNECTED = N_("Discord ended the connection with code {code}; try again")
    NO_GATEWAY = N_("Discord does not say where its gateway is; try again later")
