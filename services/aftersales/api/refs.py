from typing import Annotated

from fastapi import Depends

from services.aftersales.repository import cases, refunds
from shared.auth import Role
from shared.http import path_ref

CaseRef = Annotated[cases.Ref, Depends(path_ref(cases.Ref))]
RefundRef = Annotated[refunds.Ref, Depends(path_ref(refunds.Ref))]

HANDLERS = (Role.AGENT, Role.SUPERVISOR)
