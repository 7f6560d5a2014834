"""SVY-3: the page a customer answers on, and what her answers lead to (SVY-4, SVY-5)."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.services.survey.desk import DAY, Desk, case_closed

HAPPY = {"csat": "5", "nps": "9", "action": "send"}
FORM = "application/x-www-form-urlencoded"


class Page(HTMLParser):
    """What a browser and a screen reader find."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.tags if name == tag and all(found.get(key) == value for key, value in wanted.items())]

    def checked(self) -> set[tuple[str | None, str | None]]:
        return {(found["name"], found["value"]) for found in self.all("input") if "checked" in found}


async def send(client: httpx.AsyncClient, link: str, fields: dict[str, Any]) -> httpx.Response:
    return await client.post(link, data=fields)


async def test_the_page_speaks_the_customers_language_and_needs_no_script(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link(case_closed(language="zh-CN"))

    answer = await client.get(link)
    english = await client.get(f"{link}?lang=en")

    assert (answer.status_code, answer.headers["cache-control"], answer.headers["referrer-policy"]) == (200, "no-store", "no-referrer")
    assert "script" not in answer.headers["content-security-policy"]
    assert Page(answer).all("html") == [{"lang": "zh-CN"}]
    assert "您对这次服务满意吗" in answer.text
    assert "How satisfied are you" in english.text
    assert "<script" not in answer.text
    assert Page(english).all("html") == [{"lang": "en"}]


async def test_every_field_has_a_label(desk: Desk, client: httpx.AsyncClient) -> None:
    page = Page(await client.get(await desk.link()))

    areas = {found["id"] for found in page.all("textarea")}
    assert areas == {found["for"] for found in page.all("label") if "for" in found}
    assert len(page.all("legend")) == len(page.all("fieldset")) > 0
    assert {found["value"] for found in page.all("button")} == {"send", "save"}


async def test_an_answer_is_told_once_and_sent_again_changes_nothing(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link()

    first = await send(client, link, HAPPY | {"comment": "Quick and friendly", "kept-expected": "5", "kept-perceived": "6"})
    again = await send(client, link, {"csat": "1", "action": "send"})
    seen = await client.get(link)

    assert [answer.status_code for answer in (first, again, seen)] == [200, 404, 404]
    assert all("we have your answers" in answer.text.lower() for answer in (first, again, seen))
    (told,) = await desk.said()
    assert (told["satisfied"], told["verdict"], told["comment"], told["case_id"]) == (
        True,
        "exceeds",
        "Quick and friendly",
        told["occasion"]["id"],
    )
    assert told["scores"] == {"csat": 5, "nps": 9, "servqual": {"reliability": {"expected": 5.0, "perceived": 6.0}}}
    assert len(await desk.said("review-reminder")) == 1
    await desk.passes(40 * DAY)
    assert await desk.said("survey-reminder") == []


async def test_of_two_answers_at_once_one_counts(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link()

    await asyncio.gather(*[send(client, link, {"csat": str(grade), "action": "send"}) for grade in (1, 2, 3, 4, 5)])

    assert len(await desk.said()) == 1


@pytest.mark.parametrize(
    ("fields", "satisfied", "callback"),
    [
        ({"csat": "2"}, False, False),
        ({"csat": "5", "nps": "6"}, False, False),
        ({"csat": "5", "callback": "yes"}, False, True),
        ({"csat": "3"}, None, False),
    ],
)
async def test_who_is_not_satisfied_is_not_asked_for_a_review(
    desk: Desk, client: httpx.AsyncClient, fields: dict[str, str], *, satisfied: bool | None, callback: bool
) -> None:
    await send(client, await desk.link(), fields | {"action": "send"})

    (told,) = await desk.said()
    assert (told["satisfied"], told["callback_wanted"], told["verdict"]) == (satisfied, callback, None)
    assert await desk.said("review-reminder") == []


async def test_a_part_is_kept_and_comes_again(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link()

    saved = await send(client, link, {"nps": "7", "comment": "<b>half</b> done", "action": "save"})
    again = await client.get(link)

    assert (saved.status_code, "Saved" in saved.text) == (200, True)
    assert Page(again).checked() == {("nps", "7")}
    assert "&lt;b&gt;half&lt;/b&gt; done" in again.text
    assert await desk.said() == []


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({}, "csat"),
        ({"csat": "6"}, "csat"),
        ({"csat": "5", "nps": "11"}, "nps"),
        ({"csat": "5", "kept-expected": "4"}, "kept"),
        ({"csat": "5", "callback": "perhaps"}, "callback"),
        ({"csat": "5", "comment": "x" * 5001}, "comment"),
        ({"csat": "5", "comment": "😀" * 10_000}, "comment"),
    ],
)
async def test_what_cannot_be_taken_is_marked_and_the_rest_is_kept(
    desk: Desk, client: httpx.AsyncClient, fields: dict[str, str], marked: str
) -> None:
    link = await desk.link()

    answer = await send(client, link, fields | {"speed-expected": "3", "speed-perceived": "4", "action": "send"})

    page = Page(answer)
    assert answer.status_code == 422
    invalid = [found for _, found in page.tags if found.get("aria-invalid") == "true"]
    assert [str(found["aria-describedby"]).split()[-1] for found in invalid] == [f"{marked}-error"]
    assert [found["id"] for found in page.all("p", **{"class": "error"})] == [f"{marked}-error"]
    assert page.checked() >= {("speed-expected", "3"), ("speed-perceived", "4")}
    assert await desk.said() == []
    assert (await send(client, link, HAPPY)).status_code == 200


@pytest.mark.parametrize("words", ["<script>alert(1)</script>&\"'", "\u202eabc\u200f", "😀" * 5000, "中文\r\nline"])
async def test_any_text_is_stored_as_text_and_shown_as_text(desk: Desk, client: httpx.AsyncClient, words: str) -> None:
    link = await desk.link()

    await send(client, link, {"comment": words, "action": "save"})
    page = await client.get(link)
    await send(client, link, HAPPY | {"comment": words})

    assert "<script>alert" not in page.text
    (told,) = await desk.said()
    assert told["comment"] == words


@pytest.mark.parametrize("language", ["en", "zh-CN"])
async def test_a_link_that_is_forged_expired_used_or_anothers_gets_one_page_that_tells_nothing(
    desk: Desk, client: httpx.AsyncClient, language: str
) -> None:
    link = await desk.link(case_closed(language="zh-CN"))
    await desk.passes(31 * DAY)
    closed_at = desk.clock().isoformat()
    used = (await desk.link_of(case_closed(case_id="01980a5e-0c00-7000-8000-0000000000aa", customer_id="c-82", closed_at=closed_at)))[-1]
    await send(client, used, HAPPY)
    over = [link, used, f"{link[:-2]}xx", other_store(link), "/s/" + "A" * 43, "/s/nothing"]

    said = {"Accept-Language": language}
    answers = [await client.get(path, headers=said) for path in over] + [await client.post(path, data=HAPPY, headers=said) for path in over]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert Page(answers[0]).all("html") == [{"lang": language}]
    assert "demo" not in answers[0].text
    assert len(await desk.said()) == 1


def other_store(link: str) -> str:
    """The same survey, with what signs it for another store left as it was."""
    raw = urlsafe_b64decode(link.removeprefix("/s/") + "==")
    return "/s/" + urlsafe_b64encode(raw.replace(b"demo", b"shop")).rstrip(b"=").decode()


async def test_a_link_is_over_when_its_time_is_whether_or_not_anybody_wrote_that_down(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link()
    desk.clock.now += 30 * DAY

    assert [(await client.get(link)).status_code, (await send(client, link, HAPPY)).status_code] == [404, 404]


async def test_nul_in_an_answer_is_no_text_and_many_long_texts_are_told_as_far_as_an_event_goes(
    desk: Desk, client: httpx.AsyncClient, operations: dict[str, str]
) -> None:
    words = {"zh-CN": "说", "en": "Say"}
    questions = [{"question_id": f"t{number}", "kind": "text", "text": words} for number in range(5)]
    body = {"title": words, "questions": questions, "reason": "to hear more"}
    await client.put("/v1/stores/demo/questionnaires/case", json=body, headers=operations | {"If-Match": "*"})

    answer = await send(client, await desk.link(), {f"t{number}": "a\0" + "x" * 4998 for number in range(5)} | {"action": "send"})

    assert answer.status_code == 200
    (told,) = await desk.said()
    assert (len(told["comment"]), told["comment"][:3]) == (20_000, "a\ufffdx")


async def test_a_survey_that_was_deleted_looks_like_one_that_never_was(desk: Desk, client: httpx.AsyncClient) -> None:
    link = await desk.link()
    async with desk.database.transaction() as session:
        await session.execute(text("delete from surveys"))

    assert (await client.get(link)).text == (await client.get("/s/forged")).text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"csat": 5}', "application/json", 415),
        (b'--b\r\nContent-Disposition: form-data; name="csat"\r\n\r\n5\r\n--b--\r\n', "multipart/form-data; boundary=b", 415),
        (b"csat=5", "text/plain", 415),
        ("csat=5&action=send&comment=\u00e9".encode("utf-16"), f"{FORM}; charset=utf-16", 422),
        (b"comment=\xff\xfe", f"{FORM}; charset=iso-8859-1", 422),
        (b"csat=%ed%a0%80", FORM, 422),
        (b"csat=%ff", FORM, 422),
        (b"&".join(b"f%d=1" % number for number in range(300)), FORM, 422),
        (b"comment=" + b"x" * 300_000, FORM, 413),
    ],
)
async def test_what_is_no_form_of_the_page_is_refused_and_leaves_nothing(
    desk: Desk, client: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    link = await desk.link()

    answer = await client.post(link, content=content, headers={"Content-Type": kind})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert await desk.said() == []
