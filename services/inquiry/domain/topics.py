"""What an inquiry is about, proposed from the words in it (INQ-2)."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

Keywords = Mapping[str, Sequence[str]]


class Topic(StrEnum):
    """In the order in which they win where a text has as many words of one as of another: what hurts comes first."""

    COMPLAINT = "complaint"
    ORDER_CHANGE = "order-change"
    LOGISTICS = "logistics"
    DROPSHIP = "dropship"
    STOCK = "stock"
    SHIPPING = "shipping"
    PRICE = "price"
    PRODUCT = "product"
    OTHER = "other"


STARTER_KEYWORDS: Keywords = {
    "complaint": [
        "投诉", "差评", "太差", "骗子", "欺骗", "假货", "破损", "坏了", "退款", "退货", "质量问题", "少发", "发错",
        "complaint", "complain", "refund", "broken", "damaged", "fake", "scam", "terrible", "defective", "wrong item", "money back",
    ],
    "order-change": [
        "改地址", "修改地址", "换地址", "改订单", "修改订单", "取消订单", "不想要了", "换颜色", "换尺码",
        "change my order", "change the address", "change my address", "cancel my order", "cancel the order", "wrong address",
    ],
    "logistics": [
        "物流", "快递到哪", "到哪了", "没收到", "还没到", "单号", "催件", "签收", "什么时候到",
        "tracking", "where is my order", "where is my parcel", "not arrived", "not received", "delivered", "courier", "track",
    ],
    "dropship": ["代发", "一件代发", "代理", "dropship", "dropshipping", "drop ship", "reseller"],
    "stock": [
        "有货", "现货", "库存", "缺货", "补货", "还有吗", "in stock", "out of stock", "available", "availability", "restock", "sold out",
    ],
    "shipping": ["发货", "运费", "包邮", "邮费", "配送", "几天到", "shipping", "ship", "delivery", "freight", "postage", "deliver"],
    "price": [
        "价格", "多少钱", "便宜", "优惠", "打折", "折扣", "批发价", "优惠券", "降价",
        "price", "cost", "how much", "discount", "cheaper", "coupon", "wholesale", "expensive", "offer", "deal",
    ],
    "product": [
        "材质", "尺寸", "颜色", "尺码", "怎么用", "保修", "规格", "洗碗机", "微波炉", "功能",
        "material", "size", "colour", "color", "dimensions", "warranty", "dishwasher", "microwave", "how does", "specification", "weight",
    ],
}  # fmt: skip


def classify(text: str, keywords: Keywords) -> Topic:
    """The topic most of whose words are in the text. Words in Latin letters count as whole words, others wherever they stand."""
    folded = text.casefold()
    counts = {topic: sum(_occurs(word, folded) for word in keywords.get(topic, ())) for topic in Topic}
    best = max(Topic, key=lambda topic: counts[topic])
    return best if counts[best] else Topic.OTHER


def _occurs(word: str, folded: str) -> bool:
    word = word.casefold()
    return bool(_whole_word(word).search(folded)) if word.isascii() else word in folded


@lru_cache(maxsize=4096)
def _whole_word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])")
