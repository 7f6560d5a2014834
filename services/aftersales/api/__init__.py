from services.aftersales.api import cases, refunds
from services.aftersales.domain.policy import AftersalesPolicy
from shared.policies import policies_router

routers = [cases.router, refunds.router, policies_router(AftersalesPolicy)]
