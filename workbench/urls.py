from django.urls import path

from workbench import api
from workbench.views import cases, desk, docs, home

app_name = "workbench"
urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("pulse/", home.Pulse.as_view(), name="pulse"),
    path("search/", home.Search.as_view(), name="search"),
    path("desk/", desk.Desk.as_view(), name="desk"),
    path("filtering/<int:task>/", desk.FilteringDesk.as_view(), name="filtering"),
    path("cases/", cases.CaseList.as_view(), name="case-list"),
    path("cases/<int:pk>/", cases.CasePage.as_view(), name="case-detail"),
    path("cases/<int:pk>/stop/", cases.Stop.as_view(), name="case-stop"),
    path("cases/<int:pk>/resume/", cases.Resume.as_view(), name="case-resume"),
    path("cases/<int:pk>/answer/", cases.Answer.as_view(), name="case-answer"),
    path("reveal/", api.RevealOne.as_view(), name="reveal"),
    path("reveal/<slug:kind>/<int:pk>/", api.RevealOne.as_view(), name="reveal"),
    path("api/reveal/", api.Reveal.as_view(), name="api-reveal"),
    path("api/desk/setup/", api.Setup.as_view(), name="api-setup"),
    path("api/desk/queue/", api.Queue.as_view(), name="api-queue"),
    path("api/desk/cases/<int:pk>/", api.CaseDetail.as_view(), name="api-case"),
    path("api/desk/cases/<int:pk>/calls/", api.Calls.as_view(), name="api-calls"),
    path("api/desk/cases/<int:pk>/reviews/fields/", api.FieldReviews.as_view(), name="api-field-reviews"),
    path("api/desk/cases/<int:pk>/reviews/steps/", api.Steps.as_view(), name="api-steps"),
    path("api/desk/cases/<int:pk>/reviews/classification/", api.Classification.as_view(), name="api-classification"),
    path("api/desk/cases/<int:pk>/checks/", api.Checks.as_view(), name="api-checks"),
    path("api/desk/cases/<int:pk>/phones/", api.Phones.as_view(), name="api-phones"),
    path("api/desk/cases/<int:pk>/registry/", api.Registry.as_view(), name="api-registry"),
    path("api/desk/cases/<int:pk>/letters/", api.Letters.as_view(), name="api-letters"),
    path("api/desk/calls/<int:pk>/identity/", api.Identity.as_view(), name="api-identity"),
    path("api/desk/records/", api.Records.as_view(), name="api-records"),
    path("api/docs/", docs.ApiDocs.as_view(), name="api-docs"),
]
