from services.orders.models.advice import AdviceRow, DepartmentAnswerRow
from services.orders.models.base import Base
from services.orders.models.catalogue import Offer, Product, ProductPrice
from services.orders.models.customers import CareRow, CustomerRow, MonthRow, MoveRow, RefundRow, SegmentRow, VoiceRow
from services.orders.models.orders import HistoryRow, OrderRow, TwinRow

__all__ = [
    "AdviceRow",
    "Base",
    "CareRow",
    "CustomerRow",
    "DepartmentAnswerRow",
    "HistoryRow",
    "MonthRow",
    "MoveRow",
    "Offer",
    "OrderRow",
    "Product",
    "ProductPrice",
    "RefundRow",
    "SegmentRow",
    "TwinRow",
    "VoiceRow",
]
