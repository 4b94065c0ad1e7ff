"""What Alembic runs. The address of the database comes from the environment, as it does for the service."""

import asyncio
from logging.config import fileConfig

from alembic import context
from app.config import DatabaseSettings
from app.models import Base
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

url = DatabaseSettings().database_url


def _run(connection: Connection) -> None:
    # SQLite cannot alter much of a table; in batches Alembic copies it instead. Elsewhere a batch is a plain ALTER.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run_online() -> None:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


def _run_offline() -> None:
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _run_offline()
else:
    asyncio.run(_run_online())
