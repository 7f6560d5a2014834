"""The questionnaires that come with the product, one for each occasion (SVY-1)."""

from collections.abc import Mapping

from services.survey.domain.questionnaire import Choice, Kind, Occasion, Question, Questionnaire, Words


def _both(chinese: str, english: str) -> Words:
    return {"zh-CN": chinese, "en": english}


_CSAT = Question("csat", Kind.CSAT, _both("您对这次服务满意吗？", "How satisfied are you with our service?"), required=True)
_NPS = Question("nps", Kind.NPS, _both("您有多大可能把我们推荐给朋友？", "How likely are you to recommend us to a friend?"))
_COMMENT = Question("comment", Kind.TEXT, _both("您还有什么想告诉我们的？", "What else would you like to tell us?"))
_CALLBACK = Question(
    "callback",
    Kind.SINGLE,
    _both("需要我们给您回电吗？", "Shall we call you back?"),
    choices=(Choice("no", _both("不需要", "No")), Choice("yes", _both("需要", "Yes, please"))),
)
_ATTITUDE = Question("attitude", Kind.SERVQUAL, _both("客服能理解您的需要", "Our agents understand what you need"), dimension="empathy")
_SPEED = Question("speed", Kind.SERVQUAL, _both("客服回复及时", "Our agents answer promptly"), dimension="responsiveness")
_KEPT = Question("kept", Kind.SERVQUAL, _both("我们说到做到", "We keep what we promise"), dimension="reliability")
_SKILL = Question("skill", Kind.SERVQUAL, _both("客服专业可靠", "Our agents know their trade"), dimension="assurance")
_GOODS = Question(
    "quality",
    Kind.SINGLE,
    _both("商品质量如何？", "How is the quality of what you bought?"),
    choices=(
        Choice("good", _both("好", "Good")),
        Choice("as-expected", _both("符合预期", "As expected")),
        Choice("poor", _both("不好", "Poor")),
    ),
)
_MISSED = Question(
    "missed",
    Kind.MULTIPLE,
    _both("哪些方面可以做得更好？", "What could we do better?"),
    choices=(
        Choice("speed", _both("速度", "Speed")),
        Choice("clarity", _both("说明清楚", "Clear answers")),
        Choice("packaging", _both("包装", "Packaging")),
        Choice("solution", _both("解决方案", "The solution offered")),
    ),
)

_QUESTIONS: Mapping[Occasion, tuple[Words, tuple[Question, ...]]] = {
    Occasion.INQUIRY: (_both("您的咨询", "Your inquiry"), (_CSAT, _SPEED, _ATTITUDE, _COMMENT, _CALLBACK)),
    Occasion.DELIVERY: (_both("您的订单", "Your order"), (_CSAT, _NPS, _GOODS, _MISSED, _COMMENT, _CALLBACK)),
    Occasion.CASE: (_both("您的售后", "How we handled your case"), (_CSAT, _NPS, _KEPT, _SPEED, _SKILL, _COMMENT, _CALLBACK)),
    Occasion.RETURN_VISIT: (_both("回访", "A few questions"), (_CSAT, _NPS, _GOODS, _COMMENT, _CALLBACK)),
}


def starter(occasion: Occasion) -> Questionnaire:
    title, questions = _QUESTIONS[occasion]
    return Questionnaire(occasion, 0, title, questions)
