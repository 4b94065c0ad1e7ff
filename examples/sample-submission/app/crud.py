from sqlalchemy import or_, select

from .models import User
from .security import hash_password


async def get_by_email(db, email):
    result = await db.execute(select(User).where(User.email == email))
    return result.scalars().first()


async def create(db, data):
    user = User(email=data.email, name=data.name, hashed_password=hash_password(data.password))
    db.add(user)
    await db.commit()
    await db.refresh(user)
    return user


async def search(db, q, limit, offset):
    query = select(User).order_by(User.id)
    if q:
        pattern = f"%{q}%"
        query = query.where(or_(User.name.ilike(pattern), User.email.ilike(pattern)))
    result = await db.execute(query.limit(limit).offset(min(offset, 2**63 - 1)))
    users = result.scalars().all()
    return {"items": users, "total": len(users)}


async def update(db, user, data):
    if data.email is not None:
        user.email = data.email
    if data.name is not None:
        user.name = data.name
    if data.password is not None:
        user.hashed_password = hash_password(data.password)
    await db.commit()
    await db.refresh(user)
    return user
