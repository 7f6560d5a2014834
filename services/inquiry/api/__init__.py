from services.inquiry.api import actions, desk, inquiries, products
from services.inquiry.domain.policy import InquiryPolicy
from shared.policies import policies_router

routers = [inquiries.router, actions.router, desk.router, products.router, policies_router(InquiryPolicy)]
