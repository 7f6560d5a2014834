from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from services.inquiry.domain.catalogue import ListedProduct, is_available
from shared.money import Money


class ProductOut(BaseModel):
    """A product as its storefront last listed it, with the newest stock."""

    model_config = ConfigDict(from_attributes=True)

    sku: str
    name: str
    category: str
    price: Money
    list_price: Money
    wholesale_price: Money | None
    discounted: bool
    attributes: Mapping[str, object]
    url: str
    stock: int
    available: Annotated[bool, Field(description="More is in stock than the store's policy `safety_stock`.")] = False
    listed_at: datetime
    stock_updated_at: datetime

    @classmethod
    def of(cls, product: ListedProduct, safety_stock: int) -> Self:
        return cls.model_validate(product).model_copy(update={"available": is_available(product.stock, safety_stock)})
