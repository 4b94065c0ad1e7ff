from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, EmailStr, StringConstraints, field_validator, model_validator
from sqlmodel import Field, SQLModel

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def now() -> datetime:
    return datetime.now(UTC)


def as_utc(value: object) -> object:
    """SQLite gives back what it was given without the offset."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


class UserRow(SQLModel, table=True):
    __tablename__ = "user"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    email: str = Field(unique=True)
    name: str
    hashed_password: str
    created_at: datetime = Field(default_factory=now)


class _Lowered(SQLModel):
    @field_validator("email", mode="after", check_fields=False)
    @classmethod
    def lower(cls, email: str | None) -> str | None:
        return email and email.lower()


class UserCreate(_Lowered):
    model_config = {"extra": "forbid"}

    email: EmailStr
    name: Name
    password: str = Field(min_length=8, max_length=128)


class UserUpdate(_Lowered):
    model_config = {"extra": "forbid"}

    email: EmailStr | None = None
    name: Name | None = None
    password: str | None = Field(default=None, min_length=8, max_length=128)

    @model_validator(mode="before")
    @classmethod
    def no_nulls(cls, data: object) -> object:
        if isinstance(data, dict) and None in data.values():
            raise ValueError("null is not a value; leave the member out instead")
        return data


class UserPublic(SQLModel):
    id: int
    email: str
    name: str
    created_at: Annotated[AwareDatetime, BeforeValidator(as_utc)]


class UserList(SQLModel):
    items: list[UserPublic]
    total: int
    limit: int
    offset: int


class Message(SQLModel):
    detail: str
