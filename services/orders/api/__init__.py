from services.orders.api import advice, customer_figures, customers, events, figures, notes, orders, papers, products
from services.orders.domain.policy import OrderPolicy
from shared.policies import policies_router

routers = [
    orders.router,
    papers.router,
    notes.router,
    advice.router,
    events.router,
    products.router,
    figures.router,
    customers.router,
    customer_figures.router,
    policies_router(OrderPolicy),
]
