"""What customers are told by the service itself."""

from shared.telling import CHINESE, ENGLISH, MessageTemplate

GOODBYE = MessageTemplate(
    name="inquiry-closed",
    subject={CHINESE: "感谢您的咨询", ENGLISH: "Thank you for asking us"},
    text={
        CHINESE: "感谢您咨询$store。如还有问题，随时回复我们。祝您生活愉快，再见！",
        ENGLISH: "Thank you for contacting $store. Write to us whenever you have another question. Goodbye!",
    },
)
