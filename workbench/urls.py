from django.urls import include, path

from workbench.api import calls, figures, filtering, queue, requests, reveals, setup, talk
from workbench.api import cases as desk_cases
from workbench.api import views as saved
from workbench.views import arrangements, cases, desk, docs, home

app_name = "workbench"

V1 = [
    path("setup/", setup.Setup.as_view(), name="api-setup"),
    path("queue/", queue.Queue.as_view(), name="api-queue"),
    path("queue/neighbour/", queue.Neighbour.as_view(), name="api-neighbour"),
    path("views/", saved.Views.as_view(), name="api-views"),
    path("views/order/", saved.ViewOrder.as_view(), name="api-view-order"),
    path("views/<int:pk>/", saved.View.as_view(), name="api-view"),
    path("cases/<int:pk>/", desk_cases.CaseDetail.as_view(), name="api-case"),
    path("cases/<int:pk>/checks/", desk_cases.Checks.as_view(), name="api-checks"),
    path("cases/<int:pk>/phones/", desk_cases.Phones.as_view(), name="api-phones"),
    path("cases/<int:pk>/calls/", calls.Calls.as_view(), name="api-calls"),
    path("cases/<int:pk>/reviews/fields/", filtering.FieldReviews.as_view(), name="api-field-reviews"),
    path("cases/<int:pk>/reviews/steps/", filtering.Steps.as_view(), name="api-steps"),
    path("cases/<int:pk>/reviews/classification/", filtering.Classification.as_view(), name="api-classification"),
    path("cases/<int:pk>/registry/", requests.Registry.as_view(), name="api-registry"),
    path("cases/<int:pk>/letters/", requests.Letters.as_view(), name="api-letters"),
    path("cases/<int:pk>/letters/choices/", requests.LetterChoices.as_view(), name="api-letter-choices"),
    path("cases/<int:pk>/inbound/", calls.Inbound.as_view(), name="api-inbound"),
    path("cases/<int:pk>/referrals/", talk.Referrals.as_view(), name="api-referrals"),
    path("cases/<int:pk>/flags/", talk.Flags.as_view(), name="api-flags"),
    path("flags/<int:pk>/lift/", talk.FlagLift.as_view(), name="api-flag-lift"),
    path("referrals/<int:pk>/answer/", talk.ReferralAnswer.as_view(), name="api-referral-answer"),
    path("referrals/<int:pk>/withdraw/", talk.ReferralWithdrawal.as_view(), name="api-referral-withdraw"),
    path("quick-texts/", talk.QuickTexts.as_view(), name="api-quick-texts"),
    path("quick-texts/<int:pk>/", talk.QuickTextOne.as_view(), name="api-quick-text"),
    path("promises/<int:pk>/", talk.PromiseChange.as_view(), name="api-promise"),
    path("promises/<int:pk>/cancel/", talk.PromiseCancellation.as_view(), name="api-promise-cancel"),
    path("records/<int:pk>/", talk.Record.as_view(), name="api-record"),
    path("calls/unrecorded/", calls.Unrecorded.as_view(), name="api-unrecorded"),
    path("calls/<int:pk>/cancel/", calls.Cancellation.as_view(), name="api-cancel"),
    path("calls/<int:pk>/identity/", calls.Identity.as_view(), name="api-identity"),
    path("records/", calls.Records.as_view(), name="api-records"),
    path("reveal/", reveals.Reveal.as_view(), name="api-reveal"),
    path("figures/duties/", figures.DutyFigures.as_view(), name="api-figures-duties"),
    path("figures/activity/", figures.ActivityFigures.as_view(), name="api-figures-activity"),
    path("figures/recovery/", figures.RecoveryFigures.as_view(), name="api-figures-recovery"),
    path("figures/stages/", figures.StageFigures.as_view(), name="api-figures-stages"),
    path("figures/letters/", figures.LetterFigures.as_view(), name="api-figures-letters"),
]

urlpatterns = [
    path("api/v1/", include(V1)),  # first: asked most
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
    path("cases/<int:pk>/wishes/", arrangements.Wishes.as_view(), name="case-wishes"),
    path("cases/<int:pk>/wishes/<int:wish>/end/", arrangements.WishEnd.as_view(), name="wish-end"),
    path("cases/<int:pk>/zone/", arrangements.Zone.as_view(), name="case-zone"),
    path("cases/<int:pk>/plan/", arrangements.Plan.as_view(), name="case-plan"),
    path("cases/<int:pk>/limitation/", arrangements.Limitation.as_view(), name="case-limitation"),
    path("reveal/", reveals.RevealOne.as_view(), name="reveal"),
    path("reveal/<slug:kind>/<int:pk>/", reveals.RevealOne.as_view(), name="reveal"),
    path("api/docs/", docs.ApiDocs.as_view(), name="api-docs"),
]
