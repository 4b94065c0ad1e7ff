"""What the routes are given."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import Database
from app.repository import UserRepository


async def _session(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.session() as session:
        yield session


def _users(session: Annotated[AsyncSession, Depends(_session)]) -> UserRepository:
    return UserRepository(session)


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


Users = Annotated[UserRepository, Depends(_users)]
Config = Annotated[Settings, Depends(_settings)]
