import pytest

from shared.http.accept import HTML, JSON, NotAcceptable, preferred


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/html", HTML),
        ("TEXT/HTML; charset=utf-8", HTML),
        ("text/html, application/json", JSON),
        ("text/html;q=0.9, application/json;q=0.8", HTML),
        ("text/html;q=0.9, */*;q=0.8", HTML),
        ("application/json;q=0, */*", HTML),
        ("text/html;q=much, application/*;q=0.1", JSON),
        ("nonsense, text/html", HTML),
    ],
)
def test_the_form_liked_best_is_answered_and_of_equals_the_first(accept: str | None, form: str) -> None:
    assert preferred(accept, (JSON, HTML)) == form


@pytest.mark.parametrize("accept", ["application/pdf", "text/html;q=0", "text/html;q=2", "json", "*/*;q=0"])
def test_who_takes_none_of_the_forms_is_told_so(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        preferred(accept, (JSON, HTML))
