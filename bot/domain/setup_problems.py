"""What keeps Easel from starting or from going on, and how the operator fixes it."""

from __future__ import annotations

from bot.domain.translatable import N_, Sentence


class SetupProblem(Sentence):
    """What cannot be used as it is: the configuration, the database, a port, Discord."""

    # In words of somebody else, or in the reader's language already.
    SAID = "{said}"
    NO_FILE = N_(
        "{file} does not exist; copy config.example.toml there or choose another file with --config"
    )
    FILE_UNREADABLE = N_("{file} cannot be read: {why}")
    NOT_UTF8 = N_("{file} is not UTF-8 text; save it as UTF-8")
    NOT_TOML = N_("{file} is not valid TOML: {why}")
    NOT_JSON = N_("{name} is not valid JSON: {why}")
    GIVEN_TWICE = N_("{name} and {file} set the same value; remove one of them")
    SECRET_UNREADABLE = N_(
        "{name}: the file {file} cannot be read ({why}); fix the path or its permissions"
    )
    NOT_A_TABLE = N_("{name}: {part} is not a table")
    CUSTOM_MODEL = N_(
        '[models.custom."{model}"] is not right: {mistake}. config.example.toml has a full example.'
    )

    NO_ADDRESS = N_(
        "storage.url is not a database address; write sqlite+aiosqlite:///data/easel.db"
    )
    OTHER_DRIVER = N_(
        "storage.url begins with {driver}:; write sqlite+aiosqlite:/// or postgresql+asyncpg://"
    )
    NO_SERVER_DRIVER = N_(
        "storage.url names a PostgreSQL server, whose driver is not installed; run "
        "`pip install '.[postgres]'`"
    )
    IN_MEMORY = N_("a database in memory is lost when the bot stops; set a file in storage.url")
    ADDRESS_OPTIONS = N_("storage.url takes no options; end it with the name of the file")
    DATABASE_FOLDER = N_(
        "the folder {folder} for the database cannot be created ({why}); fix its permissions or "
        "set another file in storage.url"
    )
    NO_DATABASE = N_(
        "there is no database {database}; run `easel db upgrade` to create it, or fix storage.url"
    )
    EMPTY = N_(
        "the database is empty, but this version needs revision {head}; run `easel db upgrade`"
    )
    OLDER = N_(
        "the database is at revision {revision}, but this version needs {head}; run `easel db "
        "upgrade`"
    )
    NEWER = N_(
        "this database was made by a newer Easel (revision {revision});"
        " update Easel or restore a backup"
    )
    OTHER_PROGRAM = N_("the database belongs to another program; set another file in storage.url")
    LOCKED = N_("the database {database} is locked by another process; stop that process")
    NOT_OPENED = N_(
        "the database {database} cannot be opened; fix the permissions of the file and of its "
        "folder, or set another file in storage.url"
    )
    NOT_READ = N_("the database {database} cannot be read; fix its permissions")
    NOT_WRITTEN = N_(
        "the database {database} cannot be written; fix the permissions of the file and of its "
        "folder"
    )
    NOT_A_DATABASE = N_(
        "the file {database} is not a database; set another file in storage.url or restore a backup"
    )
    DAMAGED = N_("the database {database} is damaged; restore a backup")
    DISK_FAILS = N_(
        "the disk of the database {database} fails; check it, then restore a backup if"
        " `easel db check` finds damage"
    )
    DISK_TAKES_NO_MORE = N_(
        "the disk of the database {database} accepts no more data; free some space, raise the disk "
        "quota, or check the disk"
    )
    DISK_FULL = N_("the disk of the database {database} is full; free some space")
    NO_ANSWER = N_(
        "it accepts no data within {seconds} seconds: another process may have locked it, or its "
        "disk may be stuck"
    )

    SERVER_AWAY = N_(
        "the database server at {host}:{port} cannot be used ({why}); check that it runs, and host "
        "and port in storage.url"
    )
    SERVER_LOGIN = N_(
        "the database server at {host}:{port} refused the role {role} ({why}); fix role and "
        "password in storage.url"
    )
    SERVER_DATABASE = N_(
        "there is no database {database} on the server at {host}:{port}; create it "
        "(`createdb {database}`), or fix storage.url"
    )
    SERVER_RIGHTS = N_(
        "the role {role} may not do that in the database {database} ({why}); make it the owner"
    )
    SERVER_READ_ONLY = N_(
        "the database {database} at {host}:{port} only lets the role {role} read ({why}); use a "
        "role that may write, and a server that is no standby"
    )
    SERVER_FULL = N_("the disk of the database server at {host}:{port} is full; free some space")
    SERVER_CONNECTIONS = N_(
        "the database server at {host}:{port} takes no more connections ({why}); raise its "
        "max_connections, or put a pooler in front of it"
    )
    SERVER_CONFLICT = N_("two transactions of the database {database} held each other up ({why})")

    NO_STORE_DRIVER = N_(
        "storage.pictures names an object store, whose driver is not installed; run "
        "`pip install '.[s3]'`"
    )
    STORE_AWAY = N_(
        "the picture store {address} cannot be used ({why}); check that it runs, and "
        "AWS_ENDPOINT_URL and AWS_REGION"
    )
    STORE_REFUSED = N_(
        "the picture store {address} refused the credentials ({why}); fix AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, and let them read, write, list and delete there"
    )
    STORE_CREDENTIALS = N_(
        "there are no credentials for the picture store {address}; set AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    )
    STORE_BUCKET = N_(
        "there is no bucket for {address} ({why}); create it, or fix storage.pictures"
    )

    RESTORED_COPY = N_(
        "the database {database} is a copy from an earlier time: requests that are open in it may "
        "have been sent since; run `easel db restored`, which ends them"
    )
    NO_GENERATION = N_(
        "{file} is missing or damaged, so the database {database} may be a copy from an earlier "
        "time; put the file back, or run `easel db restored`, which ends all open requests"
    )
    GENERATION_FILE = N_("{file} cannot be used ({why}); fix its permissions and its folder's")
    BOT_SEEN = N_(
        "a bot runs on the database {database}, or did a minute ago; stop it, and wait a minute"
    )
    COPY_ONTO_ITSELF = N_("both addresses are the same database; name another one to copy into")
    COPY_TARGET_USED = N_("the database {database} has data already; copy into an empty one")
    COPY_MISCOUNTED = N_(
        "{table} has {wanted} rows, of which {arrived} arrived; nothing was copied. Run `easel db "
        "check` on the database that you copy from"
    )
    BOT_RUNS = N_("a bot runs on the database {database}; stop it first")

    NOTHING_TO_COPY = N_("there is no database {database} to back up; fix storage.url")
    NOT_COPIED_HERE = N_("Easel only backs up SQLite databases; use pg_dump for this one")
    COPY_EXISTS = N_("{file} already exists; choose another file for the backup")
    COPY_NOT_WRITTEN = N_(
        "the backup {file} cannot be written ({why}); free some space or choose another place"
    )
    COPIES_FOLDER = N_(
        "the folder {folder} for a copy before the migration cannot be created ({why}); fix the "
        "permissions of the folder above it"
    )
    PICTURES_FOLDER = N_(
        "the folder {folder} for pictures cannot be created ({why}); fix its permissions or set "
        "another storage.data_dir"
    )

    PICTURES_DISK = N_(
        "the disk of {folder} takes no more files ({why}); free some space, or set another "
        "storage.data_dir"
    )

    NOT_MEASURED = N_("there are no metrics without health.port")
    PORT = N_("port {port} of {host} cannot be used ({why}); set another one in health.port")
    LOGIN_REFUSED = N_(
        "Discord refused the token: copy it again from the developer portal (Bot, Reset Token) "
        "into discord.token or EASEL_DISCORD__TOKEN"
    )
    DISCORD_AWAY = N_(
        "Discord cannot be reached at {address}: {why}; fix the network or discord.api_base"
    )
    NOT_DISCORD = N_(
        "{address} does not answer like Discord; fix discord.api_base, including its version"
    )
    TOO_FEW_SHARDS = N_(
        "Discord requires more shards for this many servers than discord.shards = {shards}: raise "
        "it, or remove it to follow Discord's advice"
    )
    SHARD_LOST = N_(
        "shard {shard} may be another process's by now: the database was away for too long"
    )
    DISCONNECTED = N_("Discord ended the connection with code {code}; try again")
    NO_GATEWAY = N_("Discord does not say where its gateway is; try again later")
