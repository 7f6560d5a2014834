import pytest

from deploy.local.simulator.page import Mood, form_of, link_in

PAGE = """
<form method="post"><input type="hidden" name="language" value="en">
<fieldset><legend>How satisfied are you?</legend>
  <input type="radio" name="csat" value="1"><input type="radio" name="csat" value="5"><input type="radio" name="csat" value="3">
</fieldset>
<fieldset><input type="radio" name="nps" value="10"><input type="radio" name="nps" value="0"></fieldset>
<fieldset><input type="radio" name="speed-expected" value="1"><input type="radio" name="speed-expected" value="7">
<input type="radio" name="speed-perceived" value="1"><input type="radio" name="speed-perceived" value="7"></fieldset>
<select name="reason"><option value="">-</option><option value="price">Price</option></select>
<input type="checkbox" name="callback" value="yes"><input type="checkbox" name="liked" value="parcel">
<textarea name="comment"></textarea>
<button name="action" value="save">Save</button><button name="action" value="send">Send</button></form>
"""


def test_a_pleased_customer_gives_the_best_grades_and_wants_no_call() -> None:
    filled = form_of(PAGE).filled(Mood.PLEASED)

    assert {name: filled[name] for name in ("csat", "nps", "speed-perceived")} == {"csat": "5", "nps": "10", "speed-perceived": "7"}
    assert "callback" not in filled


def test_a_cross_customer_gives_the_worst_grades_and_wants_a_call() -> None:
    filled = form_of(PAGE).filled(Mood.CROSS)

    assert {name: filled[name] for name in ("csat", "nps", "callback")} == {"csat": "1", "nps": "0", "callback": "yes"}
    assert (filled["speed-expected"], filled["speed-perceived"]) == ("7", "1")


@pytest.mark.parametrize("mood", Mood)
def test_the_whole_form_is_sent_as_a_browser_would(mood: Mood) -> None:
    filled = form_of(PAGE).filled(mood)

    assert (filled["language"], filled["reason"], filled["action"]) == ("en", "price", "send")
    assert filled["comment"]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("请花一分钟评价： http://127.0.0.1:8004/s/abc.DEF-1_2 谢谢", "http://127.0.0.1:8004/s/abc.DEF-1_2"),
        ("How was it? https://survey.example.com/s/tok。", "https://survey.example.com/s/tok"),
        ("Your order left: https://shop.example.com/orders/1", None),
    ],
)
def test_the_link_is_found_in_what_a_customer_is_told(text: str, link: str | None) -> None:
    assert link_in(text) == link
