"""What to ask a customer for, where what they told finds no order or several (ORD-4)."""

from services.orders.repository.lookup import Wanted

Hint = dict[str, str]

_ASKS = {
    "email": {"zh-CN": "下单时填写的邮箱", "en": "the e-mail address of the order"},
    "phone": {"zh-CN": "下单时填写的手机号", "en": "the phone number of the order"},
    "customer_name": {"zh-CN": "下单人姓名", "en": "the name on the order"},
}
_NONE = {"zh-CN": "没有找到订单，请向客户询问订单号，或{others}。", "en": "No order was found. Ask for the order number, or for {others}."}
_SEVERAL = {
    "zh-CN": "找到多个订单，请向客户询问订单号，或{others}。",
    "en": "Several orders were found. Ask for the order number, or for {others}.",
}
_ONLY_NUMBER = {
    "none": {"zh-CN": "没有找到订单，请与客户核对订单号。", "en": "No order was found. Check the order number with the customer."},
    "several": {"zh-CN": "找到多个订单，请向客户询问订单号。", "en": "Several orders were found. Ask for the order number."},
}
_OR = {"zh-CN": "、", "en": " or "}


def hint(wanted: Wanted, found: int) -> Hint | None:
    """None where exactly one was found."""
    if found == 1:
        return None
    others = [ask for name, ask in _ASKS.items() if getattr(wanted, name) is None]
    if not others:
        return _ONLY_NUMBER["several" if found else "none"]
    told = _SEVERAL if found else _NONE
    return {language: text.format(others=_OR[language].join(ask[language] for ask in others)) for language, text in told.items()}
