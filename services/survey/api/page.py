"""The customer's page (SVY-3): whoever has the link may answer, once."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.survey import pages
from services.survey.domain.questionnaire import LANGUAGES
from services.survey.links import Invited, links_of
from services.survey.models import SurveyRow
from services.survey.repository import questionnaires, surveys
from services.survey.repository.surveys import UnknownSurvey
from services.survey.usecases import answering
from shared import stores
from shared.errors import FieldProblem, Unprocessable
from shared.http import Now, Router, Session, public
from shared.pages import page as page_of
from shared.telling import CHINESE, ENGLISH, spoken

router = Router(tags=["Page"], default_response_class=HTMLResponse)

_MOST_FIELDS = 200
_MOST_BYTES = 262_144  # ten thousand emoji take 120,000: too long an answer is told on the page
_FORM = "application/x-www-form-urlencoded"
_RESPONSES: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing to answer: forged, expired, answered before"}}
Language = Annotated[str | None, Query(max_length=35, description="`zh-CN` or `en`; the customer's own where it is left out.")]


class NoForm(Unprocessable):
    """Not what the page sends."""


class WrongMediaType(Unprocessable):
    """The answers come as a form."""

    status = 415


@router.get("/s/{token}", dependencies=[public()], responses=_RESPONSES)
async def show_survey(token: str, request: Request, session: Session, now: Now, lang: Language = None) -> HTMLResponse:
    """The questions, with what was answered so far."""
    found = await _survey(session, token)
    if found is None or answering.standing(found, now) != "invited":
        return _nothing(request, lang)
    language = _language(lang, found.language)
    store = (await stores.store(session, found.store_id)).name
    questionnaire = questionnaires.of_json(found.questionnaire)
    return _page(pages.form(questionnaire, language, store=store, answers=found.answers))  # type: ignore[arg-type]


@router.post(
    "/s/{token}",
    dependencies=[public()],
    max_body_size=_MOST_BYTES,
    responses={**_RESPONSES, 422: {"description": "Some answers cannot be taken"}},
    openapi_extra={"requestBody": {"content": {_FORM: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}}}},
)
async def answer_survey(token: str, request: Request, session: Session, now: Now, lang: Language = None) -> HTMLResponse:
    """`action=send` completes the survey, once; `action=save` keeps a part. What cannot be taken comes back marked, with the rest."""
    sent = await _fields(request)
    found = await _survey(session, token)
    if found is None:
        return _nothing(request, lang)
    language = _language(lang, found.language)
    store = (await stores.store(session, found.store_id)).name
    invited = Invited(found.store_id, found.survey_id)
    try:
        if sent.get("action") == ["save"]:
            reading = await answering.keep(session, invited, sent, now)
        else:
            reading = await answering.complete(session, invited, sent, now)
    except answering.SurveyOver:
        return _nothing(request, lang)
    if sent.get("action") != ["save"] and not reading.wrong:
        return _page(pages.word(language, "thanks-title", "thanks", store=store))
    questionnaire = questionnaires.of_json(found.questionnaire)
    note = None if reading.wrong else "saved"
    page = pages.form(questionnaire, language, store=store, answers=reading.answers, wrong=reading.wrong, note=note)
    return _page(page, 422 if reading.wrong else 200)


async def _survey(session: Session, token: str) -> SurveyRow | None:
    invited = links_of(session).read(token)
    if invited is None:
        return None
    try:
        return await surveys.survey(session, invited)
    except UnknownSurvey:
        return None


async def _fields(request: Request) -> Mapping[str, Sequence[str]]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise WrongMediaType("the answers come as a form", [FieldProblem("content-type", "form", f"must be {_FORM}")])
    try:
        return parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise NoForm(
            "the form cannot be read", [FieldProblem("body", "form", f"must be UTF-8 with {_MOST_FIELDS} fields at most")]
        ) from None


def _language(asked: str | None, own: str) -> str:
    return asked if asked in LANGUAGES else spoken(asked or own)


def _nothing(request: Request, asked: str | None) -> HTMLResponse:
    """One page, whatever became of the link: forged, another shop's, expired, answered before. It tells nobody which survey there is."""
    preferred = asked or request.headers.get("accept-language", ENGLISH).partition(",")[0]
    language = spoken(preferred) if preferred else CHINESE
    return _page(pages.word(language, "over-title", "unknown"), 404)


def _page(content: str, status: int = 200) -> HTMLResponse:
    return page_of(content, status, has_form=True)
