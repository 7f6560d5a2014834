from services.orders.api import events, figures, notes, orders, papers, products
from services.orders.domain.policy import OrderPolicy
from shared.policies import policies_router

routers = [orders.router, papers.router, notes.router, events.router, products.router, figures.router, policies_router(OrderPolicy)]
