"""ORD-3 and ORD-10: what stands on a receipt and on a packing list."""

from typing import Any
from uuid import UUID

import pytest

from services.orders.domain.notes import Flag, Gift, Note, NothingLeftToPack, TooManyNotes, instructions, must_have_room
from services.orders.domain.order import Order
from services.orders.domain.packing import is_all_sent, may_be_packed, packed_lines, parcels
from services.orders.domain.receipt import receipt_of
from services.orders.pages.words import REASONS, reason
from services.orders.usecases import accepting, agreeing
from shared.events.storefront import StorefrontOrderEvent
from shared.money import Money, total
from tests.services.orders.builders import DAY, MINUTE, MONDAY, cancelled, delivered, dispatched, line, money, paid, placed, tracked
from tests.services.orders.test_domain_sales import order

ONE_OF_TWO = ({"line_id": "1", "quantity": 1},)


def confirmed(*told: StorefrontOrderEvent) -> Order:
    return order(placed(), *told, confirmed_at=MONDAY, confirmed_by="auto")


@pytest.mark.parametrize(
    ("currency", "price", "discount", "off", "fee", "tax", "whole"),
    [
        ("USD", "12.50", "0.01", "1.99", "4.00", "0.33", "27.33"),
        ("KWD", "12.505", "0.001", "1.999", "4.000", "0.333", "27.343"),
        ("JPY", "1250", "1", "199", "400", "33", "2733"),
        ("BHD", "999999999999.999", "0.001", "0.000", "0.000", "0.001", "1999999999999.998"),
    ],
)
def test_every_figure_of_a_receipt_adds_up_whatever_places_the_currency_has(
    currency: str, price: str, discount: str, off: str, fee: str, tax: str, whole: str
) -> None:
    mugs = line(unit_price=price, currency=currency) | {"discount": money(discount, currency)}
    told: dict[str, Any] = {"discount": money(off, currency), "shipping_fee": money(fee, currency), "tax": money(tax, currency)}
    receipt = receipt_of(order(placed(lines=[mugs], total=money(whole, currency), **told), paid(amount=whole, currency=currency)))

    assert receipt.goods == total([each.amount for each in receipt.lines], currency)
    assert receipt.total == receipt.goods - receipt.discount + receipt.shipping_fee + receipt.tax + receipt.adjustment
    assert (receipt.adjustment, receipt.to_pay, receipt.overpaid) == (Money.zero(currency),) * 3
    assert (str(receipt.total.amount), receipt.paid) == (whole, receipt.total)


@pytest.mark.parametrize(
    ("told", "paid_so_far", "to_pay", "overpaid", "refunds"),
    [
        ([], "0.00", "29.00", "0.00", []),
        ([paid(amount="9.00")], "9.00", "20.00", "0.00", []),
        ([paid(), paid(payment_id="pay-2", amount="1.00", after=2 * MINUTE)], "30.00", "0.00", "1.00", []),
        ([paid(), paid(payment_id="pay-2", amount="1.00", currency="EUR")], "29.00", "0.00", "0.00", []),
        ([paid(), cancelled()], "29.00", "0.00", "0.00", ["29.00"]),
        ([cancelled()], "0.00", "0.00", "0.00", []),
    ],
)
def test_a_receipt_says_what_was_paid_what_is_to_pay_and_what_is_due_back(
    told: list[StorefrontOrderEvent], paid_so_far: str, to_pay: str, overpaid: str, refunds: list[str]
) -> None:
    receipt = receipt_of(order(placed(), *told))

    assert [str(amount.amount) for amount in (receipt.paid, receipt.to_pay, receipt.overpaid)] == [paid_so_far, to_pay, overpaid]
    assert [str(due.amount.amount) for due in receipt.refunds] == refunds
    assert len(receipt.payments) == sum(event.name == "order-paid" for event in told)


def test_a_total_that_does_not_add_up_is_told_as_an_adjustment() -> None:
    receipt = receipt_of(order(placed(total=money("30.00"))))

    assert (receipt.adjustment, receipt.total) == (Money.parse("1.00", "USD"), Money.parse("30.00", "USD"))


@pytest.mark.parametrize(
    ("told", "sent", "to_pack", "may"),
    [
        pytest.param([], 0, 2, False, id="not paid"),
        pytest.param([paid()], 0, 2, True, id="confirmed"),
        pytest.param([paid(), dispatched(lines=ONE_OF_TWO)], 1, 1, True, id="half of it sent"),
        pytest.param([paid(), dispatched()], 2, 0, False, id="all of it sent"),
        pytest.param([paid(), dispatched(lines=())], 2, 0, False, id="a parcel that names no lines holds the whole order"),
        pytest.param([paid(), dispatched(lines=({"line_id": "1", "quantity": 9},))], 2, 0, False, id="more sent than ordered"),
        pytest.param([paid(), tracked()], 0, 2, True, id="a parcel nobody told the contents of"),
        pytest.param([paid(), cancelled()], 0, 0, False, id="cancelled"),
    ],
)
def test_a_packing_list_says_what_went_out_already_and_what_is_left(
    told: list[StorefrontOrderEvent], sent: int, to_pack: int, *, may: bool
) -> None:
    known = confirmed(*told) if told else order(placed())

    (packed,) = packed_lines(known)

    assert (packed.sent, packed.to_pack, may_be_packed(known)) == (sent, to_pack, may)


def test_parcels_are_told_in_the_order_they_left_and_unknown_contents_as_unknown() -> None:
    known = confirmed(paid(), dispatched(shipment_id="s-2", after=2 * DAY, lines=ONE_OF_TWO), tracked(shipment_id="s-1", after=DAY))

    assert [(parcel.shipment_id, parcel.contents) for parcel in parcels(known)] == [("s-1", None), ("s-2", {"1": 1})]


def test_an_order_that_arrived_is_all_sent_whatever_the_parcels_say() -> None:
    assert is_all_sent(confirmed(paid(), dispatched(lines=()), delivered()))


def note(number: int, **said: Any) -> Note:
    told: dict[str, Any] = {"text": None, "flags": (), "gift": None, "carrier": None} | said
    return Note(UUID(int=number), **told, written_by="li", written_at=MONDAY)


def test_notes_that_stand_are_one_instruction_with_flags_in_a_fixed_order_and_the_last_wish() -> None:
    gone = Note(UUID(int=9), "no", (Flag.URGENT,), None, "DHL", "li", MONDAY, withdrawn_by="li", withdrawn_at=MONDAY)
    notes = [
        note(1, flags=(Flag.GIFT_WRAP,), carrier="SF"),
        note(2, flags=(Flag.FRAGILE, Flag.GIFT_WRAP), gift=Gift("CARD", 1)),
        note(3, carrier="EMS", gift=Gift("CARD", 2)),
        note(4, text="thanks"),
        gone,
    ]

    told = instructions(notes)

    assert told.flags == (Flag.FRAGILE, Flag.GIFT_WRAP)
    assert (told.carrier, told.gifts, [each.note_id.int for each in told.notes]) == ("EMS", (Gift("CARD", 3),), [1, 2, 3, 4])


def test_nothing_to_be_packed_may_be_noted_on_what_has_gone_or_never_will() -> None:
    for over in (confirmed(paid(), dispatched()), confirmed(paid(), cancelled())):
        must_have_room(over, note(1, text="called"), 0, 1)
        with pytest.raises(NothingLeftToPack):
            must_have_room(over, note(1, text="called", flags=(Flag.FRAGILE,)), 0, 1)


def test_there_are_no_more_notes_on_an_order_than_the_policy_allows() -> None:
    must_have_room(order(placed()), note(1, text="a"), 1, 2)
    with pytest.raises(TooManyNotes):
        must_have_room(order(placed()), note(1, text="a"), 2, 2)


@pytest.mark.parametrize(
    ("told", "chinese"),
    [
        ("the order was cancelled", "订单已取消"),
        (agreeing.CHANGED, "订单已修改"),
        (agreeing.PAID_LATE, "差价付款时订单已无法修改"),
        (accepting.NOT_COME, "商品未能到货"),
        ("parcel s/1 was lost", "包裹 s/1 丢失"),
        ("something else", "something else"),
    ],
)
def test_why_something_is_due_back_is_told_in_both_languages(told: str, chinese: str) -> None:
    assert (reason(told, "zh-CN"), reason(told, "en").lower()[:12]) == (chinese, told.lower()[:12])
    assert REASONS["zh-CN"].keys() == REASONS["en"].keys()
