import asyncio

from sqlalchemy.engine import URL

from shared.migrations.roles import create_role_and_schema
from tests.databases import Databases


async def test_services_are_given_their_schemas_side_by_side(databases: Databases) -> None:
    admin = (await databases.create("side")).replace("postgresql://", "postgresql+asyncpg://", 1)
    names = [f"side_{number}" for number in range(6)]

    for _ in range(3):
        logins = [URL.create("postgresql+asyncpg", username=name, password="secret", host="none", database="none") for name in names]
        await asyncio.gather(*(create_role_and_schema(admin, login, name) for name, login in zip(names, logins, strict=True)))
