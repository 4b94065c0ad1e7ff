from contextlib import asynccontextmanager
from typing import Annotated, Optional

from fastapi import Depends, FastAPI, HTTPException, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from . import crud, schemas
from .database import Base, engine, get_db
from .models import User


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(title="User directory", lifespan=lifespan)

DB = Annotated[AsyncSession, Depends(get_db)]
NOT_FOUND = {404: {"model": schemas.Error}}
CONFLICT = {409: {"model": schemas.Error}}


async def get_user_or_404(user_id: int, db: DB) -> User:
    user = await db.get(User, user_id)
    if user is None:
        raise HTTPException(status_code=404, detail="User not found")
    return user


UserDep = Annotated[User, Depends(get_user_or_404)]


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.post("/users", response_model=schemas.UserOut, status_code=201, responses=CONFLICT)
async def create_user(data: schemas.UserCreate, db: DB, response: Response):
    if await crud.get_by_email(db, data.email):
        raise HTTPException(status_code=409, detail="Email already registered")
    user = await crud.create(db, data)
    response.headers["Location"] = f"/users/{user.id}"
    return user


@app.get("/users", response_model=schemas.UserList)
async def list_users(
    db: DB,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
    q: Optional[str] = None,
):
    return await crud.search(db, q, limit, offset)


@app.get("/users/{user_id}", response_model=schemas.UserOut, responses=NOT_FOUND)
async def read_user(user: UserDep):
    return user


@app.patch("/users/{user_id}", responses={**NOT_FOUND, **CONFLICT})
async def update_user(user: UserDep, data: schemas.UserUpdate, db: DB):
    if data.email and data.email != user.email and await crud.get_by_email(db, data.email):
        raise HTTPException(status_code=409, detail="Email already registered")
    return await crud.update(db, user, data)


@app.delete("/users/{user_id}", status_code=204, responses=NOT_FOUND)
async def delete_user(user: UserDep, db: DB):
    await db.delete(user)
    await db.commit()
