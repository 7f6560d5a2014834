"""What customers are told of late, lost and delivered parcels, in zh-CN and en (ORD-7, ORD-8)."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.orders.domain.order import Order
from services.orders.domain.watch import LOST, Threshold, Watched
from services.orders.usecases.addressing import addressee
from shared.events.parts import About
from shared.telling import CHINESE, ENGLISH, MessageTemplate, spoken, tell
from shared.wording import in_every_language, in_language


def _template(name: str, chinese: tuple[str, str], english: tuple[str, str]) -> MessageTemplate:
    """Subject and text in both languages."""
    (subject_zh, text_zh), (subject_en, text_en) = chinese, english
    return MessageTemplate(name, {CHINESE: subject_zh, ENGLISH: subject_en}, {CHINESE: text_zh, ENGLISH: text_en})


_CROSSED: Mapping[Threshold, MessageTemplate] = {
    Threshold.UNSHIPPED: _template(
        "order-late",
        ("您的订单发货有延迟", "非常抱歉，您的订单 $order_id 还没有全部发出。我们正在催办，一有发货日期就告诉您。"),
        (
            "Your order is taking longer",
            "We are sorry: your order $order_id is not on its way completely yet. As soon as we know the date we tell you.",
        ),
    ),
    Threshold.NOT_ONLINE: _template(
        "parcel-not-online",
        ("我们正在查询您的包裹", "您的订单 $order_id 的包裹已发出，但物流单号还查不到信息。我们已请货代查询，有结果马上告诉您。"),
        (
            "We are looking for your parcel",
            "A parcel of your order $order_id has left us, but its number shows nothing yet. We have asked the forwarder where it is.",
        ),
    ),
    Threshold.SILENT: _template(
        "parcel-silent",
        ("我们正在查询您的包裹", "您的订单 $order_id 的包裹已有一段时间没有物流更新。我们已请货代查询，有结果马上告诉您。"),
        (
            "We are looking for your parcel",
            "A parcel of your order $order_id has not been seen for a while. We have asked the forwarder and tell you what we learn.",
        ),
    ),
    **dict.fromkeys(
        LOST,
        _template(
            "parcel-lost",
            ("您的包裹可能已丢失", "非常抱歉，您的订单 $order_id 的包裹可能已经丢失。我们可以为您补发或退款，客服会尽快与您联系。"),
            (
                "Your parcel seems to be lost",
                "We are sorry: a parcel of your order $order_id seems to be lost. You get it again or your money back: we write to you.",
            ),
        ),
    ),
    Threshold.UNSIGNED: _template(
        "sign-reminder",
        ("请签收您的包裹", "您的订单 $order_id 的包裹已送达。如已收到，请确认签收；如未收到，请告诉我们。"),
        (
            "Please sign for your parcel",
            "A parcel of your order $order_id was delivered. Please sign for it, or tell us if you do not have it.",
        ),
    ),
}
_THANKS = _template(
    "order-signed",
    ("感谢您的订购", "您的订单 $order_id 已签收，感谢您的信任。$reward祝您使用愉快！"),
    ("Thank you for your order", "Your order $order_id has arrived; thank you for your trust. ${reward}Enjoy it!"),
)
_REWARDS: Mapping[str, Mapping[str, str]] = {
    "points": {CHINESE: "我们已送您 $points 积分。", ENGLISH: "We have given you $points points. "},
    "coupon": {CHINESE: "送您优惠券 $coupon_code，下次订购可用。", ENGLISH: "Your coupon for the next order is $coupon_code. "},
}
_WHY = {CHINESE: "感谢您签收订单 $order_id", ENGLISH: "Thank you for signing for order $order_id"}
GOODS_DATE = _template(
    "goods-expected",
    (
        "您的订单有了新的到货日期",
        "您的订单 $order_id 的商品预计 $day 到货，到货后马上发出。非常抱歉让您久等，也可以换货或退款。",
    ),
    (
        "A new date for your order",
        "We are sorry: the goods of your order $order_id come on $day and leave at once. You may have other goods or your money instead.",
    ),
)
DISPATCH_DATE = _template(
    "dispatch-expected",
    ("您的订单有了发货日期", "您的订单 $order_id 将于 $day 发出。让您久等，非常抱歉。"),
    ("A date for your order", "Your order $order_id is sent on $day. We are sorry for the wait."),
)
PARCEL_FOUND = _template(
    "parcel-found",
    ("您的包裹有消息了", "货代确认，您的订单 $order_id 的包裹正在途中，预计 $day 送达。"),
    ("News of your parcel", "The forwarder has found the parcel of your order $order_id: it is on its way and expected on $day."),
)
PARCEL_FOUND_WITHOUT_DATE = _template(
    "parcel-found",
    ("您的包裹有消息了", "货代确认，您的订单 $order_id 的包裹正在途中。"),
    ("News of your parcel", "The forwarder has found the parcel of your order $order_id: it is on its way."),
)


def tell_of_crossing(session: AsyncSession, order: Order, crossed: Watched, now: datetime) -> None:
    _tell(session, order, _CROSSED[crossed.threshold], now)


def tell_of_day(session: AsyncSession, order: Order, template: MessageTemplate, day: date, now: datetime) -> None:
    _tell(session, order, template, now, day=day)


def tell_of_find(session: AsyncSession, order: Order, day: date | None, now: datetime) -> None:
    if day is None:
        _tell(session, order, PARCEL_FOUND_WITHOUT_DATE, now)
    else:
        tell_of_day(session, order, PARCEL_FOUND, day, now)


def thank(session: AsyncSession, order: Order, reward: Mapping[str, object], now: datetime) -> None:
    """`reward` as reward-granted tells it; empty where there is none."""
    _tell(session, order, _THANKS, now, reward=in_every_language(_REWARDS[str(reward["kind"])], **reward) if reward else "")


def reason_of_reward(order: Order) -> str:
    return in_language(_WHY, spoken(order.standing.customer.language), order_id=order.order_id)


def _tell(session: AsyncSession, order: Order, template: MessageTemplate, now: datetime, **values: object) -> None:
    about = About(kind="order", id=order.order_id)
    tell(session, addressee(order), template, about=about, now=now, caused_by=None, order_id=order.order_id, **values)
