from django.urls import path

from figures.views import digest, pages, rows, targets

app_name = "figures"
urlpatterns = [
    path("figures/duties/", pages.DutyBoard.as_view(), name="duties"),
    path("figures/activity/", pages.ActivityPage.as_view(), name="activity"),
    path("figures/recovery/", pages.RecoveryPage.as_view(), name="recovery"),
    path("figures/stages/", pages.StagePage.as_view(), name="stages"),
    path("figures/letters/", pages.LetterPage.as_view(), name="letters"),
    path("figures/duties/rows/", rows.DutyRows.as_view(), name="duty-rows"),
    path("figures/activity/calls/", rows.CallRows.as_view(), name="call-rows"),
    path("figures/activity/promises/", rows.PromiseRows.as_view(), name="promise-rows"),
    path("figures/payments/", rows.PaymentRows.as_view(), name="payment-rows"),
    path("figures/recovery/cases/", rows.CaseRows.as_view(), name="case-rows"),
    path("figures/stages/cases/", rows.RollRows.as_view(), name="roll-rows"),
    path("figures/letters/rows/", rows.LetterRows.as_view(), name="letter-rows"),
    path("figures/targets/", targets.TargetList.as_view(), name="target-list"),
    path("figures/targets/clients/<int:pk>/", targets.TargetEdit.as_view(), name="target-client"),
    path("figures/targets/placements/<int:pk>/", targets.TargetEdit.as_view(of_placement=True), name="target-placement"),
    path("figures/digest/", digest.MyDigest.as_view(), name="digest-mine"),
    path("figures/digest/sent/", digest.DigestList.as_view(), name="digest-list"),
    path("figures/digest/sent/<int:pk>/again/", digest.SendAgain.as_view(), name="digest-again"),
    path("figures/digest/robots/", digest.RobotList.as_view(), name="robot-list"),
    path("figures/digest/robots/new/", digest.RobotNew.as_view(), name="robot-new"),
    path("figures/digest/robots/<int:pk>/", digest.RobotEdit.as_view(), name="robot"),
]
