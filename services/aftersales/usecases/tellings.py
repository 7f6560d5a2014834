"""What customers are told of their cases and refunds, in zh-CN and en."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.aftersales.domain.policy import AftersalesPolicy
from services.aftersales.models import CaseRow, RefundRow
from shared.clock import new_id
from shared.events.messages import CustomerMessage
from shared.events.parts import About, Guest
from shared.messaging.outbox import publish
from shared.telling import CHINESE, ENGLISH, Addressee, MessageTemplate, spoken, tell

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
REFUND_REQUESTED = MessageTemplate(
    "refund-requested",
    {CHINESE: "您的退款正在办理", ENGLISH: "Your refund is on its way"},
    {
        CHINESE: "我们已为您申请退款 $amount。审核付款后，$time",
        ENGLISH: "We have asked for your refund of $amount. Once it is paid out, $time",
    },
)
REFUND_SETTLED = MessageTemplate(
    "refund-settled",
    {CHINESE: "退款已完成", ENGLISH: "Your refund was paid"},
    {CHINESE: "您的退款 $amount 已付出，$time", ENGLISH: "Your refund of $amount was paid out; $time"},
)
REFUND_REJECTED = MessageTemplate(
    "refund-rejected",
    {CHINESE: "退款未能通过", ENGLISH: "Your refund was not accepted"},
    {
        CHINESE: "很抱歉，您的退款 $amount 未能通过。我们的客服会与您联系。",
        ENGLISH: "We are sorry: your refund of $amount was not accepted. We will get in touch with you.",
    },
)
REFUND_FAILED = MessageTemplate(
    "refund-failed",
    {CHINESE: "退款未能付出", ENGLISH: "Your refund could not be paid"},
    {
        CHINESE: "很抱歉，您的退款 $amount 未能付出。我们的客服会与您联系，另行安排。",
        ENGLISH: "We are sorry: your refund of $amount could not be paid out. We will get in touch to find another way.",
    },
)

_ABOUT_CASE = {CHINESE: "关于您的售后单", ENGLISH: "About your case"}
_AT_ONCE = frozenset({"paypal", "alipay", "wechat"})
_ARRIVAL = {
    "at-once": {CHINESE: "款项即时到账。", ENGLISH: "it arrives at once."},
    "card": {CHINESE: "预计 $from–$to 个工作日到账。", ENGLISH: "it takes $from–$to business days to reach your card."},
    "other": {CHINESE: "款项将转入您提供的账户。", ENGLISH: "it goes to the account you named."},
}


def tell_of_case(session: AsyncSession, template: MessageTemplate, case: CaseRow, now: datetime, **values: object) -> None:
    tell(session, _addressee(case), template, about=About(kind="case", id=str(case.case_id)), now=now, case_id=case.case_id, **values)


def write(session: AsyncSession, case: CaseRow, words: str, now: datetime) -> None:
    """What an agent wrote by hand, as it is."""
    to = _addressee(case)
    message = CustomerMessage(
        message_id=new_id(),
        store_id=to.store_id,
        customer_id=to.customer_id,
        guest=to.guest,
        channel=to.channel,
        language=case.language,
        subject=_ABOUT_CASE[spoken(case.language)],
        text=words,
        about=About(kind="case", id=str(case.case_id)),
        created_at=now,
    )
    publish(session, message)


def tell_of_refund(
    session: AsyncSession, template: MessageTemplate, refund: RefundRow, case: CaseRow, policy: AftersalesPolicy, now: datetime
) -> None:
    time = arrival(refund.payment_method, spoken(case.language), policy)
    about = About(kind="refund", id=str(refund.refund_id))
    tell(session, _addressee(case), template, about=about, now=now, amount=refund.money, time=time)


def arrival(method: str, language: str, policy: AftersalesPolicy) -> str:
    """When the money is there, by how it was paid (AFS-6)."""
    way = "at-once" if method in _AT_ONCE else "card" if method == "card" else "other"
    words = _ARRIVAL[way][language]
    return words.replace("$from", str(policy.card_days_from)).replace("$to", str(policy.card_days_to))


def _addressee(case: CaseRow) -> Addressee:
    guest = Guest(**case.guest) if case.guest is not None else None
    return Addressee(case.store_id, case.customer_id, guest, case.language)
