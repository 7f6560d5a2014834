from services.orders.models.base import Base
from services.orders.models.catalogue import Offer, Product, ProductPrice
from services.orders.models.figures import InquiryRow, SalesChangeRow, SalesRow, SettledRefundRow
from services.orders.models.notes import NoteRow
from services.orders.models.orders import HistoryRow, OrderRow, TwinRow

__all__ = [
    "Base",
    "HistoryRow",
    "InquiryRow",
    "NoteRow",
    "Offer",
    "OrderRow",
    "Product",
    "ProductPrice",
    "SalesChangeRow",
    "SalesRow",
    "SettledRefundRow",
    "TwinRow",
]
