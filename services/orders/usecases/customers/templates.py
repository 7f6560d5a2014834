"""The kind words themselves."""

from shared.telling import CHINESE, ENGLISH, MessageTemplate

FRIEND = {CHINESE: "朋友", ENGLISH: "friend"}
BIRTHDAY_WISH = MessageTemplate(
    "birthday-wish",
    {CHINESE: "$name，生日快乐！", ENGLISH: "Happy birthday, $name!"},
    {
        CHINESE: "亲爱的$name：\n\n今天是您的生日，$store全体同事祝您生日快乐、健康顺心！感谢您一直以来的支持。",
        ENGLISH: "Dear $name,\n\nhappy birthday and all the best from everybody at $store. Thank you for being our customer.",
    },
)
HOLIDAY_WISH = MessageTemplate(
    "holiday-wish",
    {CHINESE: "$store祝您$holiday快乐", ENGLISH: "$store: best wishes for $holiday"},
    {
        CHINESE: "亲爱的$name：\n\n$holiday到了，$store全体同事祝您和家人$holiday快乐、平安顺遂！",
        ENGLISH: "Dear $name,\n\neverybody at $store wishes you and your family all the best for $holiday.",
    },
)
