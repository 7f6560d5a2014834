from services.orders.api import customer_figures, customers, events, orders, products
from services.orders.domain.policy import OrderPolicy
from shared.policies import policies_router

routers = [orders.router, events.router, products.router, customers.router, customer_figures.router, policies_router(OrderPolicy)]
