"""What customers are told of their cases and refunds, in zh-CN and en."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.policy import AftersalesPolicy
from services.aftersales.models import CaseRow, RefundRow
from shared.events.base import Event
from shared.events.parts import About, Guest
from shared.telling import CHINESE, ENGLISH, Addressee, MessageTemplate, spoken, tell, write_by_hand

CASE_RECEIVED = MessageTemplate(
    "case-received",
    {CHINESE: "我们已收到您的售后申请", ENGLISH: "We have received your report"},
    {
        CHINESE: "您好，您的售后申请已收到，编号 $case_id。我们会在约定时间内回复您。",
        ENGLISH: "Hello, we have received your report; its number is $case_id. You will hear from us soon.",
    },
)
CASE_CLOSED = MessageTemplate(
    "case-closed",
    {CHINESE: "您的售后单已完成", ENGLISH: "Your case is closed"},
    {
        CHINESE: "您的售后单 $case_id 已处理完毕。$reply感谢您的耐心与支持。",
        ENGLISH: "Your case $case_id is settled. ${reply}Thank you for your patience.",
    },
)


def _refund(name: str, chinese: tuple[str, str], english: tuple[str, str]) -> MessageTemplate:
    """Subject and text in both languages."""
    (subject_zh, text_zh), (subject_en, text_en) = chinese, english
    return MessageTemplate(f"refund-{name}", {CHINESE: subject_zh, ENGLISH: subject_en}, {CHINESE: text_zh, ENGLISH: text_en})


REFUND_REQUESTED = _refund(
    "requested",
    ("您的退款正在办理", "我们已为您申请退款 $amount。审核付款后，$time"),
    ("Your refund is on its way", "We have asked for your refund of $amount. Once it is paid out, $time"),
)
REFUND_SETTLED = _refund(
    "settled",
    ("退款已完成", "您的退款 $amount 已付出，$time"),
    ("Your refund was paid", "Your refund of $amount was paid out; $time"),
)
REFUND_DELAYED = _refund(
    "delayed",
    ("您的退款稍有延迟", "您的退款 $amount 暂未付出，我们会自动重试，您无需操作。"),
    (
        "Your refund takes a little longer",
        "Your refund of $amount could not be paid out yet. It is tried again; there is nothing you need to do.",
    ),
)
REFUND_REJECTED = _refund(
    "rejected",
    ("退款未能通过", "很抱歉，您的退款 $amount 未能通过。我们的客服会与您联系。"),
    ("Your refund was not accepted", "We are sorry: your refund of $amount was not accepted. We will get in touch with you."),
)
REFUND_FAILED = _refund(
    "failed",
    ("退款未能付出", "很抱歉，您的退款 $amount 未能付出。我们的客服会与您联系，另行安排。"),
    (
        "Your refund could not be paid",
        "We are sorry: your refund of $amount could not be paid out. We will get in touch to find another way.",
    ),
)
REFUND_DENIED = _refund(
    "denied",
    ("退款申请未获批准", "很抱歉，您的退款申请 $amount 未获批准。我们的客服会与您联系，商量其他办法。"),
    ("Your refund was not approved", "We are sorry: a refund of $amount was not approved. We will get in touch to find another way."),
)

_ABOUT_CASE = {CHINESE: "关于您的售后单", ENGLISH: "About your case"}
_AT_ONCE = frozenset({"paypal", "alipay", "wechat"})
_ARRIVAL = {
    "at-once": {CHINESE: "款项即时到账。", ENGLISH: "it arrives at once."},
    "card": {CHINESE: "预计 $from–$to 个工作日到账。", ENGLISH: "it takes $from–$to business days to reach your card."},
    "other": {CHINESE: "款项将转入您提供的账户。", ENGLISH: "it goes to the account you named."},
}


def tell_of_case(
    session: AsyncSession, template: MessageTemplate, case: CaseRow, now: datetime, *, caused_by: Event | None = None, **values: object
) -> None:
    about = About(kind="case", id=str(case.case_id))
    tell(session, _addressee(case), template, about=about, now=now, caused_by=caused_by, case_id=case.case_id, **values)


def write(session: AsyncSession, case: CaseRow, words: str, now: datetime) -> None:
    """What an agent wrote by hand, as it is."""
    about = About(kind="case", id=str(case.case_id))
    write_by_hand(session, _addressee(case), subject=_ABOUT_CASE[spoken(case.language)], text=words, about=about, now=now)


def tell_of_refund(
    session: AsyncSession,
    template: MessageTemplate,
    refund: RefundRow,
    case: CaseRow,
    policy: AftersalesPolicy,
    now: datetime,
    *,
    caused_by: Event | None = None,
) -> None:
    time = arrival(refund.payment_method, spoken(case.language), policy)
    about = About(kind="refund", id=str(refund.refund_id))
    tell(session, _addressee(case), template, about=about, now=now, caused_by=caused_by, amount=refund.money, time=time)


def arrival(method: str, language: str, policy: AftersalesPolicy) -> str:
    """When the money is there, by how it was paid (AFS-6)."""
    way = "at-once" if method in _AT_ONCE else "card" if method == "card" else "other"
    words = _ARRIVAL[way][language]
    return words.replace("$from", str(policy.card_days_from)).replace("$to", str(policy.card_days_to))


def _addressee(case: CaseRow) -> Addressee:
    guest = Guest(**case.guest) if case.guest is not None else None
    return Addressee(case.store_id, case.customer_id, guest, case.language)
