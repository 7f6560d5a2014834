"""What the sample shop's customers and its agents write, in the two languages it works in."""

import random

QUESTIONS = {
    "zh-CN": ("请问这个{}现在有货吗？", "{}多少钱？有优惠吗？", "你好，{}大概几天能到上海？", "{}可以用洗碗机洗吗？"),
    "en": (
        "Is the {} in stock?",
        "What does the {} cost if I take two?",
        "When would the {} be here?",
        "What is the {} made of?",
    ),
}
ANSWERS = {"zh-CN": "您好！有货的，今天下单明天发出。", "en": "Hello! Yes, it is in stock; ordered today, it leaves tomorrow."}
DEFECTS = {
    "zh-CN": ("收到的商品有裂痕。", "盖子盖不上，像是质量问题。"),
    "en": ("It came with a crack.", "The lid does not close, it seems badly made."),
}
PROPOSALS = {
    "zh-CN": "非常抱歉！我们为您退还部分货款，商品您可以留下。",
    "en": "We are very sorry. We give you part of the price back, and you keep it.",
}


def spoken(language: str) -> str:
    """The one of the two that a customer of this language is written to in."""
    return "zh-CN" if language.startswith("zh") else "en"


def question(language: str, product: str, chance: random.Random) -> str:
    return chance.choice(QUESTIONS[spoken(language)]).format(product)


def defect(language: str, chance: random.Random) -> str:
    return chance.choice(DEFECTS[spoken(language)])
