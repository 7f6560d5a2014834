"""What the page says beside the questions, in both languages."""

from collections.abc import Mapping

from services.survey.domain.questionnaire import LONGEST_ANSWER

NAMES = {"zh-CN": "中文", "en": "English"}
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "required": "（必填）",
        "limit": f"最多 {LONGEST_ANSWER} 个字",
        "send": "提交",
        "save": "保存，稍后再填",
        "expected": "您的期望",
        "perceived": "您的实际感受",
        "saved": "已保存。在链接失效之前，您可以随时回来继续填写。",
        "mend": "有些回答需要修改，请看下面标出的问题。",
        "thanks": "谢谢您！我们已收到您的回答。",
        "thanks-title": "谢谢",
        "unknown": "这里没有可填写的问卷：可能已经填写过（那么我们已收到您的回答，谢谢您！），可能链接已过期，也可能链接不完整。",
        "over-title": "问卷不可用",
    },
    "en": {
        "required": "(required)",
        "limit": f"{LONGEST_ANSWER} characters at most",
        "send": "Send",
        "save": "Save and finish later",
        "expected": "What you expected",
        "perceived": "What you experienced",
        "saved": "Saved. You can come back and go on for as long as the link works.",
        "mend": "Some answers need a change: see the questions marked below.",
        "thanks": "Thank you! We have your answers.",
        "thanks-title": "Thank you",
        "unknown": "There is nothing to answer here. Either the questions were answered before (then we have your answers: thank you!), "
        "or the link has expired, or it is not complete.",
        "over-title": "Not available",
    },
}
ERRORS: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        "required": "请回答这个问题。",
        "range": "请选择所列的分数。",
        "choice": "请选择所列的选项。",
        "pair": "请两项都打分。",
        "too-long": f"回答太长，最多 {LONGEST_ANSWER} 个字。",
    },
    "en": {
        "required": "Please answer this question.",
        "range": "Please choose one of the grades shown.",
        "choice": "Please choose from what is offered.",
        "pair": "Please give both grades.",
        "too-long": f"The answer is too long: {LONGEST_ANSWER} characters at most.",
    },
}
ENDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "zh-CN": {"csat": ("很不满意", "非常满意"), "nps": ("绝不会", "一定会"), "servqual": ("很低", "很高")},
    "en": {"csat": ("Not at all", "Very"), "nps": ("Never", "Certainly"), "servqual": ("Low", "High")},
}
