from starlette.responses import Response

from services.inquiry import usecases
from services.inquiry.api.refs import AgentRef
from services.inquiry.repository import desk
from services.inquiry.schemas.desk import AgentIn, AgentOut, KeywordsIn, KeywordsOut
from shared.auth import STAFF, Role
from shared.events.fields import GivenId, StoreId
from shared.http import Caller, IfMatch, Now, Page, Paging, Router, Session, allow

router = Router(tags=["Desk"])

LEADERS = (Role.SUPERVISOR, Role.OPERATIONS)


@router.get("/agents", dependencies=[allow(*STAFF)])
async def list_agents(store_id: StoreId, paging: Paging, session: Session) -> Page[AgentOut]:
    """By id."""
    (after,) = paging.after(tuple[GivenId]) or ("",)
    rows = await desk.agents(session, store_id, after=after, limit=paging.limit + 1)
    return paging.page(rows, key=lambda row: (row.agent_id,), item=AgentOut.of)


@router.get("/agents/{agent_id}", dependencies=[allow(*STAFF)])
async def show_agent(ref: AgentRef, session: Session) -> AgentOut:
    """Who may be given inquiries."""
    return AgentOut.of(await desk.agent(session, ref.store_id, ref.agent_id))


@router.put("/agents/{agent_id}", dependencies=[allow(*LEADERS)], responses={201: {"model": AgentOut}})
async def put_agent(
    ref: AgentRef, version: IfMatch, body: AgentIn, caller: Caller, session: Session, now: Now, response: Response
) -> AgentOut:
    """Enter an agent under the `sub` of her token (201, without If-Match), or change one."""
    row, is_new = await usecases.put_agent(
        session,
        ref.store_id,
        ref.agent_id,
        version,
        name=body.name,
        languages=body.languages,
        topics=body.topics,
        active=body.active,
        by=caller,
        now=now,
    )
    if is_new:
        response.status_code = 201
        response.headers["Location"] = f"/v1/stores/{ref.store_id}/agents/{ref.agent_id}"
    return AgentOut.of(row)


@router.get("/keywords", dependencies=[allow(*STAFF)])
async def show_keywords(store_id: StoreId, session: Session) -> KeywordsOut:
    """What topics are proposed by (INQ-2); version 0 is the starter set."""
    return KeywordsOut.of(await desk.newest_keywords(session, store_id))


@router.put("/keywords", dependencies=[allow(*LEADERS)])
async def put_keywords(store_id: StoreId, version: IfMatch, body: KeywordsIn, caller: Caller, session: Session, now: Now) -> KeywordsOut:
    """Replace them all as a new version."""
    words = {topic.value: kept for topic, kept in body.keywords.items()}
    row = await usecases.put_keywords(session, store_id, version, words, by=caller, reason=body.reason, now=now)
    return KeywordsOut.of(row)
