from services.inquiry.models.base import Base
from services.inquiry.models.copies import CustomerCopy, CustomerOrder, Product
from services.inquiry.models.desk import AgentRow, KeywordsRow, OfferRow
from services.inquiry.models.inquiries import ContactRow, InquiryRow, MessageRow

__all__ = [
    "AgentRow",
    "Base",
    "ContactRow",
    "CustomerCopy",
    "CustomerOrder",
    "InquiryRow",
    "KeywordsRow",
    "MessageRow",
    "OfferRow",
    "Product",
]
