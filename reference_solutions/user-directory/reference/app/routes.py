"""The operations."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status

from app.dependencies import Config, Users
from app.models import User
from app.passwords import hash_password
from app.schemas import NewUser, Problem, UserChanges, UserOut, UserPage

router = APIRouter(prefix="/users", tags=["users"])

_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No user has this id."}}
_CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "The e-mail address is taken."}}

Limit = Annotated[int, Query(ge=1, le=100)]
Offset = Annotated[int, Query(ge=0)]
Search = Annotated[str | None, Query(description="part of a name or e-mail address, in any case, taken literally")]


@router.post("", status_code=status.HTTP_201_CREATED, response_model=UserOut, responses=_CONFLICT)
async def create_user(new: NewUser, users: Users, config: Config, response: Response) -> User:
    password_hash = await hash_password(new.password.get_secret_value(), config.password_cost)
    user = await users.add(new.email, new.name, password_hash)
    response.headers["Location"] = f"/users/{user.id}"
    return user


@router.get("/{user_id}", response_model=UserOut, responses=_NOT_FOUND)
async def read_user(user_id: int, users: Users) -> User:
    return await users.get(user_id)


@router.get("", response_model=UserPage)
async def list_users(users: Users, q: Search = None, limit: Limit = 20, offset: Offset = 0) -> dict[str, Any]:
    items, total = await users.search(q, limit, offset)
    return {"items": items, "total": total}


@router.patch("/{user_id}", response_model=UserOut, responses=_NOT_FOUND | _CONFLICT)
async def change_user(user_id: int, wanted: UserChanges, users: Users, config: Config) -> User:
    changes = wanted.model_dump(exclude_unset=True, exclude={"password"})
    if wanted.password is not None:
        changes["password_hash"] = await hash_password(wanted.password.get_secret_value(), config.password_cost)
    return await users.change(user_id, changes)


@router.delete("/{user_id}", status_code=status.HTTP_204_NO_CONTENT, responses=_NOT_FOUND)
async def delete_user(user_id: int, users: Users) -> None:
    await users.remove(user_id)
