"""Users in the database. Every write is one statement and one commit."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import EmailTakenError, UserNotFoundError
from app.models import User

_LARGEST = 2**63 - 1  # SQLite's integers have 64 bits; the driver raises beyond that


def _matches(q: str | None) -> ColumnElement[bool]:
    if not q:
        return true()
    return or_(User.name.icontains(q, autoescape=True), User.email.icontains(q, autoescape=True))


def _in_range(user_id: int) -> int:
    if not 0 < user_id <= _LARGEST:
        raise UserNotFoundError
    return user_id


class UserRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, email: str, name: str, password_hash: str) -> User:
        user = User(email=email, name=name, password_hash=password_hash)
        self._session.add(user)
        await self._commit()
        return user

    async def get(self, user_id: int) -> User:
        user = await self._session.get(User, _in_range(user_id))
        if user is None:
            raise UserNotFoundError
        return user

    async def search(self, q: str | None, limit: int, offset: int) -> tuple[Sequence[User], int]:
        """Return one page in ascending id, and how many match on all pages."""
        found = select(User).where(_matches(q)).order_by(User.id).limit(limit).offset(min(offset, _LARGEST))
        counted = select(func.count()).select_from(User).where(_matches(q))
        users = (await self._session.scalars(found)).all()
        total = await self._session.scalar(counted)
        return users, total or 0

    async def change(self, user_id: int, changes: Mapping[str, Any]) -> User:
        if not changes:
            return await self.get(user_id)
        changed = update(User).where(User.id == _in_range(user_id)).values(**changes).returning(User)
        try:
            user = (await self._session.scalars(changed)).one_or_none()
        except IntegrityError as error:
            raise EmailTakenError from error
        await self._commit()
        if user is None:
            raise UserNotFoundError
        return user

    async def remove(self, user_id: int) -> None:
        removed = await self._session.execute(delete(User).where(User.id == _in_range(user_id)).returning(User.id))
        gone = removed.scalar_one_or_none()
        await self._commit()
        if gone is None:
            raise UserNotFoundError

    async def _commit(self) -> None:
        # The unique constraint decides: between a question and an insert another request could come first.
        try:
            await self._session.commit()
        except IntegrityError as error:
            await self._session.rollback()
            raise EmailTakenError from error
