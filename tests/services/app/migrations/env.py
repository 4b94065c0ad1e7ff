"""As candidates have it, as short as it can be."""

import os

from alembic import context
from sqlalchemy import Connection, create_engine

url = os.environ["DATABASE_URL"]
if url.startswith("postgresql"):
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    def upgrade(connection: Connection) -> None:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()

    async def online() -> None:
        engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
        async with engine.begin() as connection:
            await connection.run_sync(upgrade)
        await engine.dispose()

    asyncio.run(online())
else:
    with create_engine(url).begin() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
