"""Where a story that went well leaves its customer, whatever happened to the processes on the way."""

from deploy.local.listening import Json

UNDISTURBED: Json = {
    "inquiries": [
        {"status": "open", "topic": "product", "agent_id": "story-agent", "outcome": None, "linked": True, "orders": ["signed"]},
    ],
    "order": {"status": "signed", "outcome": "signed", "paid": {"amount": "29.00", "currency": "USD"}},
    "shipments": 1,
    "cases": [
        {"type": "service", "status": "opened", "outcome": None, "cause": None},
        {"type": "quality", "status": "closed", "outcome": "refunded", "cause": "product"},
    ],
    "refunds": [{"status": "settled", "amount": {"amount": "6.25", "currency": "USD"}, "kind": "partial"}],
    "surveys": [{"occasion": "case", "status": "answered", "satisfied": False}],
    # the agent's answer and offer are in her own words
    "told": [
        "",
        "",
        "case-closed",
        "case-received",
        "case-received",
        "order-signed",
        "refund-requested",
        "refund-settled",
        "survey-invitation",
    ],
}
