"""What deciding on messages needs to know of their stores, loaded at once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.inquiry.domain.policy import InquiryPolicy
from services.inquiry.domain.topics import Keywords
from services.inquiry.repository import customers, desk
from services.inquiry.repository.customers import CustomerKey, KnownCustomer
from shared import policies, stores
from shared.stores import Store


@dataclass(frozen=True, slots=True)
class Surroundings:
    policies: Mapping[str, InquiryPolicy]
    keywords: Mapping[str, Keywords]
    stores: Mapping[str, Store]
    customers: Mapping[CustomerKey, KnownCustomer]


async def surroundings(session: AsyncSession, store_ids: Iterable[str], writers: Collection[CustomerKey] = ()) -> Surroundings:
    """`writers`: the customers whose language nobody said."""
    asked = sorted(set(store_ids))
    return Surroundings(
        policies=await policies.load(session, InquiryPolicy, asked),
        keywords=await desk.keywords_of(session, asked),
        stores=await stores.load(session, asked),
        customers=await customers.known(session, writers),
    )


async def policy_of(session: AsyncSession, store_id: str) -> InquiryPolicy:
    return (await policies.load(session, InquiryPolicy, [store_id]))[store_id]
