from services.orders.models.advice import AdviceRow, DepartmentAnswerRow
from services.orders.models.base import Base
from services.orders.models.catalogue import Offer, Product, ProductPrice
from services.orders.models.orders import HistoryRow, OrderRow, TwinRow

__all__ = ["AdviceRow", "Base", "DepartmentAnswerRow", "HistoryRow", "Offer", "OrderRow", "Product", "ProductPrice", "TwinRow"]
