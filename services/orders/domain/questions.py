"""What departments are asked of an order or of one of its parcels, in Chinese and in English, whoever asks (ORD-7, ORD-8, ORD-9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.orders.domain.order import Order
from services.orders.domain.parts import Line
from services.orders.domain.replies import COMMA
from services.orders.domain.status import under_way_at
from shared.wording import in_language

_QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "purchase-cost": {
        "zh-CN": "订单 $order_id 的商品是否已经采购？哪天采购，花费多少？",
        "en": "Have goods been bought for order $order_id: when, and for how much?",
    },
    "goods-late": {
        "zh-CN": "订单 $order_id 下单已 $days 天，商品缺货。新的到货日期是哪天？",
        "en": "Order $order_id was placed $days days ago and its goods are not in. When will they be?",
    },
    "dispatch-late": {
        "zh-CN": "订单 $order_id 下单已 $days 天仍未发货。原因是什么，哪天发出？",
        "en": "Order $order_id was placed $days days ago and is not dispatched. Why, and when will it be?",
    },
    "parcel-not-online": {
        "zh-CN": "包裹 $shipment_id（订单 $order_id）发出已 $days 天，单号仍未上网。包裹在哪里？",
        "en": "Parcel $shipment_id of order $order_id left $days days ago and its number is not online. Where is it?",
    },
    "parcel-silent": {
        "zh-CN": "包裹 $shipment_id（订单 $order_id）已 $days 天没有物流更新。包裹在哪里？",
        "en": "Parcel $shipment_id of order $order_id was seen last $days days ago. Where is it?",
    },
    "parcel-lost": {
        "zh-CN": "包裹 $shipment_id（订单 $order_id）已丢失，客户已获通知。请联系客户：补发还是退款？",
        "en": "Parcel $shipment_id of order $order_id is lost, and its customer knows. Ask them: again, or the money back?",
    },
    "reship": {
        "zh-CN": "包裹 $shipment_id（订单 $order_id）已丢失：请重新寄出其中的商品。",
        "en": "Parcel $shipment_id of order $order_id is lost: ship its content again.",
    },
    "change-goods": {
        "zh-CN": "订单 $order_id 已修改：请备好 $goods。",
        "en": "Order $order_id was changed: provide $goods.",
    },
    "change-packing": {
        "zh-CN": "订单 $order_id 已修改：请打包 $goods，并按时发出。",
        "en": "Order $order_id was changed: pack $goods, and ship it in time.",
    },
}
QUESTIONS = frozenset(_QUESTIONS)


def question(kind: str, language: str, order: Order, shipment_id: str | None, lines: Sequence[Line], now: datetime) -> str:
    """`lines` are those that are wanted, which need not be the order's."""
    wanted = [f"{line.quantity} × {line.sku}" for line in lines]
    return in_language(
        _QUESTIONS[kind],
        language,
        order_id=order.order_id,
        shipment_id=shipment_id,
        days=(now - _waits_since(order, shipment_id)).days,
        goods={language: comma.join(wanted) for language, comma in COMMA.items()},
    )


def _waits_since(order: Order, shipment_id: str | None) -> datetime:
    """When a parcel was seen last, or left where it never was; of what is in none, when it was placed."""
    if shipment_id is None:
        return order.standing.placed_at
    seen = order.facts.last_tracked.get(shipment_id)
    return seen.tracked_at if seen else under_way_at(order.facts, shipment_id)
