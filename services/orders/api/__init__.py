from services.orders.api import advice, events, orders, products
from services.orders.domain.policy import OrderPolicy
from shared.policies import policies_router

routers = [orders.router, advice.router, events.router, products.router, policies_router(OrderPolicy)]
