"""What a customer is told of each piece of advice, in Chinese and in English. `$name` stands for a value of the order or the policy."""

from collections.abc import Mapping, Sequence

from services.orders.domain.catalogue import ProductNow
from shared.wording import in_every_language

_PRICED = {"zh-CN": "$name（$price）", "en": "$name ($price)"}
COMMA = {"zh-CN": "、", "en": ", "}

_REPLIES: Mapping[str, dict[str, str]] = {
    # ORD-5
    "cannot-cancel": {
        "zh-CN": "您的订单 $order_id 已经发货，无法取消。请您先签收；签收后您可以享受 $percent% 的折扣，或者办理退货。",
        "en": "Your order $order_id has been shipped and cannot be cancelled any more. Please sign for it when it arrives; "
        "then you may choose between a discount of $percent % and a return.",
    },
    "cannot-cancel-signed": {
        "zh-CN": "您的订单 $order_id 已经签收，无法取消。您可以享受 $percent% 的折扣，或者办理退货。",
        "en": "Your order $order_id has been delivered and cannot be cancelled any more. You may choose between a discount of "
        "$percent % and a return.",
    },
    "full-refund": {
        "zh-CN": "您的订单 $order_id 尚未发货，可以取消。我们会在 $refund_by 之前全额退还 $refund。",
        "en": "Your order $order_id has not been shipped and can be cancelled. You will have all of your $refund back by $refund_by.",
    },
    "full-refund-unpaid": {
        "zh-CN": "您的订单 $order_id 尚未发货，可以取消。您还没有付款，因此无需退款。",
        "en": "Your order $order_id has not been shipped and can be cancelled. You have not paid anything yet, so there is "
        "nothing to give back.",
    },
    "ask-purchasing": {
        "zh-CN": "您的订单 $order_id 尚未发货。我们正在确认是否已经为您采购商品，将在 $answer_by 之前答复您。",
        "en": "Your order $order_id has not been shipped. We are finding out whether its goods were bought for you already, "
        "and will answer by $answer_by.",
    },
    "withhold-loss": {
        "zh-CN": "您的订单 $order_id 尚未发货，但我们已经为您采购了商品。如果您同意扣除 $loss 的损失，我们会取消订单，并在 "
        "$refund_by 之前退还 $refund；如果不同意，我们会按原订单发货。",
        "en": "Your order $order_id has not been shipped, but its goods were bought for you already. If you agree that we keep "
        "$loss for that, we cancel it and you will have $refund back by $refund_by. If you do not, we ship it as ordered.",
    },
    # ORD-6
    "cannot-change": {
        "zh-CN": "您的订单 $order_id 已经发货，无法修改。您可以重新下单：我们给您 $percent% 的折扣，或者赠送$gift。",
        "en": "Your order $order_id has been shipped and cannot be changed any more. Please place a new order: you may have a "
        "discount of $percent % on it, or $gift.",
    },
    "recommend-similar": {
        "zh-CN": "您想要的 $product 目前缺货。我们为您推荐类似的商品：$similar。您也可以保留原订单。",
        "en": "$product is not available at present. We can offer you something similar: $similar. Or you may keep your order as it is.",
    },
    "keep-order": {
        "zh-CN": "您想要的 $product 目前缺货，也没有类似的商品。建议您保留原订单 $order_id。",
        "en": "$product is not available at present, and neither is anything similar. We suggest that you keep your order "
        "$order_id as it is.",
    },
    "change": {
        "zh-CN": "您的订单 $order_id 可以修改，价格不变。我们会在 $ship_by 之前发货。",
        "en": "Your order $order_id can be changed at the same price. We will ship it by $ship_by.",
    },
    "pay-difference": {
        "zh-CN": "您的订单 $order_id 可以修改，新商品贵 $difference。请在 $pay_by 之前支付差价，收到后我们会按新的要求发货；否则按"
        "原订单发货。",
        "en": "Your order $order_id can be changed; the new goods cost $difference more. Please pay the difference by $pay_by, "
        "and we will ship what you want. Otherwise we ship it as it was ordered.",
    },
    "refund-difference": {
        "zh-CN": "您的订单 $order_id 可以修改，新商品便宜 $difference。我们会在 $refund_by 之前退还 $refund，并在 $ship_by 之前发货。",
        "en": "Your order $order_id can be changed; the new goods cost $difference less. You will have $refund back by "
        "$refund_by, and we will ship it by $ship_by.",
    },
    "change-cheaper-unpaid": {
        "zh-CN": "您的订单 $order_id 可以修改，新商品便宜 $difference，您需要支付的金额相应减少。我们会在 $ship_by 之前发货。",
        "en": "Your order $order_id can be changed; the new goods cost $difference less, and so much less is to be paid. We "
        "will ship it by $ship_by.",
    },
    "change-paid": {
        "zh-CN": "我们已经收到您为订单 $order_id 支付的差价，会在 $ship_by 之前按新的要求发货。",
        "en": "We have received the difference for your order $order_id. What you want now will be shipped by $ship_by.",
    },
    "change-unpaid": {
        "zh-CN": "您修改订单 $order_id 的差价 $difference 尚未支付。请在 $pay_by 之前支付，否则会按原订单发货。",
        "en": "The difference of $difference for your order $order_id is still to be paid. Please pay it by $pay_by, "
        "or the order will be shipped as it was ordered.",
    },
    "change-lapsed": {
        "zh-CN": "我们没有收到订单 $order_id 的差价 $difference，因此会按原订单发货。",
        "en": "We have not received the difference of $difference for your order $order_id, so it will be shipped as it was ordered.",
    },
    "change-not-possible": {
        "zh-CN": "您为订单 $order_id 支付的差价收到得太晚，订单已无法修改。我们会退还 $difference。",
        "en": "The difference for your order $order_id came in when it could not be changed any more. You will have $difference back.",
    },
    # ORD-7
    "ships-soon": {
        "zh-CN": "您的订单 $order_id 将在下单后 $from_days–$to_days 个工作日内发货，最晚 $ship_by。",
        "en": "Your order $order_id ships within $from_days–$to_days business days of being placed: by $ship_by at the latest.",
    },
    "ask-when-goods-come": {
        "zh-CN": "很抱歉，您的订单 $order_id 比预期晚。我们正在向采购部门了解到货情况，将在 $answer_by 之前答复您。",
        "en": "We are sorry that your order $order_id is late. We are asking purchasing about its goods and will answer by $answer_by.",
    },
    "goods-late": {
        "zh-CN": "非常抱歉，您的订单 $order_id 的商品尚未到货，预计 $expected_on 到货。您可以继续等待，也可以换货或退款。",
        "en": "We apologise: the goods of your order $order_id are not in yet, and are expected on $expected_on. You may wait "
        "for them, exchange them for others, or have your money back.",
    },
    "ask-warehouse": {
        "zh-CN": "很抱歉，您的订单 $order_id 比预期晚。商品已经到货，我们正在向仓库了解原因和发货日期，将在 $answer_by 之前答复您。",
        "en": "We are sorry that your order $order_id is late. Its goods are in; we are asking the warehouse why it has not "
        "left and when it will, and will answer by $answer_by.",
    },
    "tell-delay": {
        "zh-CN": "很抱歉，您的订单 $order_id 发货延迟，原因：$delay。预计 $ships_on 发货。",
        "en": "We are sorry that your order $order_id is late. The reason: $delay. It leaves on $ships_on.",
    },
    "explain-no-number": {
        "zh-CN": "您的订单 $order_id 已于 $dispatched_on 发出，该运输方式没有追踪号码，预计 $eta 送达。如果 $latest 之后仍未收到，"
        "我们会补发或退款。",
        "en": "Your order $order_id left on $dispatched_on by a way of shipping that has no tracking number. It should arrive "
        "by $eta. If it has not come after $latest, we will send it again or give your money back.",
    },
    "presumed-lost": {
        "zh-CN": "非常抱歉，您的订单 $order_id 的包裹可能已经丢失。我们可以为您补发，或者退还 $refund。",
        "en": "We are very sorry: the parcel of your order $order_id seems to be lost. We can send it again, or give you $refund back.",
    },
    "wait-for-first-scan": {
        "zh-CN": "您的订单 $order_id 已于 $dispatched_on 发出。物流信息通常在 $online_by 之前可以查询，请您稍等。",
        "en": "Your order $order_id left on $dispatched_on. Its tracking usually shows it by $online_by; please give it until then.",
    },
    "ask-forwarder": {
        "zh-CN": "您的订单 $order_id 的包裹没有最新的物流信息。我们正在向货代查询，将在 $answer_by 之前答复您。",
        "en": "There is no news of the parcel of your order $order_id. We are asking the forwarder and will answer by $answer_by.",
    },
    "tell-forwarder": {
        "zh-CN": "货代回复了您的订单 $order_id 的情况：$whereabouts。预计 $expected_on 送达。",
        "en": "The forwarder has answered about your order $order_id: $whereabouts. It is expected by $expected_on.",
    },
    "tell-forwarder-undated": {
        "zh-CN": "货代回复了您的订单 $order_id 的情况：$whereabouts。",
        "en": "The forwarder has answered about your order $order_id: $whereabouts.",
    },
    "local-post": {
        "zh-CN": "您的订单 $order_id 的包裹已到达目的国，由 $post 派送，追踪号码 $tracking_number，预计 $eta 送达。",
        "en": "The parcel of your order $order_id is in your country, and is delivered by $post. Its tracking number is "
        "$tracking_number; it should arrive by $eta.",
    },
    "on-its-way": {
        "zh-CN": "您的订单 $order_id 的包裹正在运输途中，追踪号码 $tracking_number，最近更新于 $seen_on，预计 $eta 送达。",
        "en": "The parcel of your order $order_id is on its way. Its tracking number is $tracking_number; it was last seen on "
        "$seen_on and should arrive by $eta.",
    },
}
TEMPLATES = frozenset(_REPLIES)


def reply(template: str, values: Mapping[str, object]) -> dict[str, str]:
    """Ready to send; KeyError where a value of the template is missing."""
    return in_every_language(_REPLIES[template], **values)


def priced(products: Sequence[ProductNow]) -> dict[str, str]:
    """Products with their prices, in a row."""
    told = [in_every_language(_PRICED, name=product.name, price=product.price) for product in products]
    return {language: comma.join(each[language] for each in told) for language, comma in COMMA.items()}
