"""The values the contracts' examples are made of: one order of one customer, from the first question to the survey."""

from pydantic import JsonValue

Example = dict[str, JsonValue]


def money(amount: str, currency: str = "USD") -> Example:
    return {"amount": amount, "currency": currency}


INQUIRY_ID = "01980a5e-0c00-7000-8000-000000000010"
CASE_ID = "01980a5e-0c00-7000-8000-000000000011"
REFUND_ID = "01980a5e-0c00-7000-8000-000000000012"
STORE: Example = {"store_id": "demo"}
CUSTOMER: Example = {"customer_id": "c-81", "name": "Li Lei", "email": "li@example.com", "phone": "+8613800138000", "language": "zh-CN"}
ADDRESS: Example = {
    "recipient": "Li Lei",
    "line1": "1 Long Street",
    "line2": None,
    "city": "Hangzhou",
    "region": "Zhejiang",
    "postal_code": "310000",
    "country": "CN",
    "phone": "+8613800138000",
}


def order(**facts: JsonValue) -> Example:
    """An event of the one order all examples tell of."""
    return {"store_id": "demo", "order_id": "10001", **facts}


ORDER_PLACED = order(
    placed_at="2026-03-02T08:15:04Z",
    customer=CUSTOMER,
    shipping_address=ADDRESS,
    lines=[
        {
            "line_id": "1",
            "sku": "MUG-RED",
            "name": "Red mug",
            "quantity": 2,
            "unit_price": money("12.50"),
            "discount": money("1.00"),
        }
    ],
    discount=money("0.00"),
    shipping_fee=money("5.00"),
    tax=money("0.00"),
    total=money("29.00"),
    payment_terms="prepaid",
    offer_code=None,
    customer_note=None,
    wholesale=False,
    dropship=False,
)
