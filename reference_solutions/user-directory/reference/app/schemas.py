"""What goes over the wire. Unknown members are refused in requests; the password is in no response."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
)

Email = Annotated[EmailStr, AfterValidator(str.lower)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Password = Annotated[SecretStr, Field(min_length=8, max_length=128)]


class NewUser(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: Email
    name: Name
    password: Password


class UserChanges(BaseModel):
    """Absent means unchanged. None is only the mark of an absent member: sent as `null` it is refused."""

    model_config = ConfigDict(extra="forbid")

    email: Email | None = None
    name: Name | None = None
    password: Password | None = None

    @field_validator("email", "name", "password", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null")
        return value


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    email: str
    name: str
    created_at: datetime


class UserPage(BaseModel):
    items: list[UserOut]
    total: int


class Problem(BaseModel):
    detail: str
