from services.orders.models.advice import AdviceRow, DepartmentAnswerRow
from services.orders.models.base import Base
from services.orders.models.catalogue import Offer, Product, ProductPrice
from services.orders.models.customers import CareRow, CustomerRow, MonthRow, MoveRow, RefundRow, SegmentRow, VoiceRow
from services.orders.models.figures import ConversionRow, InquiryRow, SalesChangeRow, SalesRow
from services.orders.models.notes import NoteRow
from services.orders.models.orders import HistoryRow, OrderRow, TwinRow

__all__ = [
    "AdviceRow",
    "Base",
    "CareRow",
    "ConversionRow",
    "CustomerRow",
    "DepartmentAnswerRow",
    "HistoryRow",
    "InquiryRow",
    "MonthRow",
    "MoveRow",
    "NoteRow",
    "Offer",
    "OrderRow",
    "Product",
    "ProductPrice",
    "RefundRow",
    "SalesChangeRow",
    "SalesRow",
    "SegmentRow",
    "TwinRow",
    "VoiceRow",
]
