from typing import Annotated, NamedTuple

from fastapi import Depends

from services.inquiry.repository.inquiries import Ref
from shared.auth import STAFF, Role
from shared.events.fields import GivenId, StoreId
from shared.http import path_ref

InquiryRef = Annotated[Ref, Depends(path_ref(Ref))]

AGENTS = (Role.AGENT, Role.SUPERVISOR)
WRITERS = (*AGENTS, Role.STOREFRONT)
READERS = (*STAFF, Role.STOREFRONT)


class _Agent(NamedTuple):
    store_id: StoreId
    agent_id: GivenId


class _Product(NamedTuple):
    store_id: StoreId
    sku: GivenId


AgentRef = Annotated[_Agent, Depends(path_ref(_Agent))]
ProductRef = Annotated[_Product, Depends(path_ref(_Product))]
