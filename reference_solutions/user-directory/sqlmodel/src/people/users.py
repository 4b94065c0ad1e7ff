from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, func, or_, select

from people.db import DB
from people.models import Message, UserCreate, UserList, UserPublic, UserRow, UserUpdate

router = APIRouter(prefix="/users")
# OWASP's least argon2id: 19 MiB and two passes a hash; forty threads may hash at once.
passwords = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))

Responses = dict[int | str, dict[str, Any]]
UNKNOWN: Responses = {404: {"model": Message}}
TAKEN: Responses = {409: {"model": Message}}


class Paging(BaseModel):
    limit: int = Field(20, ge=1, le=100)
    offset: int = Field(0, ge=0)
    q: str | None = None


def existing(user_id: int, db: DB) -> UserRow:
    row = db.get(UserRow, user_id) if abs(user_id) < 2**63 else None
    if row is None:
        raise HTTPException(404, f"user {user_id} not found")
    return row


Existing = Annotated[UserRow, Depends(existing)]


def save(db: Session, row: UserRow) -> UserRow:
    db.add(row)
    try:
        db.commit()
    except IntegrityError as error:
        raise HTTPException(409, "already registered") from error
    except StaleDataError as error:
        raise HTTPException(404, "deleted meanwhile") from error
    db.refresh(row)
    return row


@router.post("", response_model=UserPublic, status_code=201, responses=TAKEN)
def create(body: UserCreate, db: DB, response: Response) -> UserRow:
    digest = passwords.hash(body.password)
    row = save(db, UserRow(email=body.email, name=body.name, hashed_password=digest))
    response.headers["Location"] = router.url_path_for("read", user_id=str(row.id))
    return row


@router.get("", response_model=UserList)
def search(paging: Annotated[Paging, Query()], db: DB) -> dict[str, object]:
    where = []
    if paging.q:
        needle = paging.q.lower()
        # instr has no wildcards, so there is nothing to escape.
        where.append(or_(*(func.instr(func.lower(col(one)), needle) > 0 for one in (UserRow.name, UserRow.email))))
    total = db.exec(select(func.count()).select_from(UserRow).where(*where)).one()
    page = select(UserRow).where(*where).order_by(col(UserRow.id)).limit(paging.limit).offset(paging.offset)
    items = db.exec(page).all() if paging.offset < total else []
    return {"items": items, "total": total, "limit": paging.limit, "offset": paging.offset}


@router.get("/{user_id}", response_model=UserPublic, responses=UNKNOWN)  # noqa: FAST003  (the dependency takes it)
def read(row: Existing) -> UserRow:
    return row


@router.patch("/{user_id}", response_model=UserPublic, responses=UNKNOWN | TAKEN)  # noqa: FAST003  (the dependency takes it)
def update(row: Existing, body: UserUpdate, db: DB) -> UserRow:
    changes = body.model_dump(exclude_unset=True)
    if secret := changes.pop("password", None):
        changes["hashed_password"] = passwords.hash(secret)
    row.sqlmodel_update(changes)
    return save(db, row)


@router.delete("/{user_id}", status_code=204, responses=UNKNOWN)  # noqa: FAST003  (the dependency takes it)
def delete(row: Existing, db: DB) -> None:
    db.delete(row)
    try:
        db.commit()
    except StaleDataError as error:
        raise HTTPException(404, "deleted meanwhile") from error
