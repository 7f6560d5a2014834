"""What customers are told, in Chinese and in English."""

from shared.telling import MessageTemplate

INVITATION = MessageTemplate(
    "survey-invitation",
    {"zh-CN": "$store 想听听您的意见", "en": "$store would like your opinion"},
    {
        "zh-CN": "您好！请花一分钟告诉我们您的感受： $link",
        "en": "Hello! Please take a minute to tell us how we did: $link",
    },
)
REMINDER = MessageTemplate(
    "survey-reminder",
    {"zh-CN": "您的意见对 $store 很重要", "en": "$store still wants to hear from you"},
    {
        "zh-CN": "您还没有填写我们的问卷，链接在 $until 之前有效： $link",
        "en": "You have not answered our questions yet. The link works until $until: $link",
    },
)
REVIEW = MessageTemplate(
    "review-reminder",
    {"zh-CN": "谢谢您！", "en": "Thank you!"},
    {
        "zh-CN": "很高兴您对 $store 满意。如果方便，请在店铺里写下评价，帮助其他顾客。",
        "en": "We are glad you are satisfied with $store. If you like, leave a review in the shop: it helps others to choose.",
    },
)
