from services.inquiry.models.base import Base
from services.inquiry.models.copies import CustomerOrder, Product
from services.inquiry.models.desk import AgentRow, KeywordsRow, OfferRow
from services.inquiry.models.inquiries import ContactRow, InquiryRow, MessageRow

__all__ = ["AgentRow", "Base", "ContactRow", "CustomerOrder", "InquiryRow", "KeywordsRow", "MessageRow", "OfferRow", "Product"]
