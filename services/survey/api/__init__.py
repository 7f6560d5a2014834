from services.survey.api import page, questionnaires, surveys
from services.survey.domain.policy import SurveyPolicy
from shared.policies import policies_router

routers = [surveys.router, questionnaires.router, policies_router(SurveyPolicy)]
public_routers = [page.router]
