"""Runs the migrations in the transaction that `bot.storage.engine.schema` opened."""

from alembic import context

from bot.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
