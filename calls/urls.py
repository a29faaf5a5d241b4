from django.urls import path

from calls import views
from calls.views import talk
from calls.views.events import pbx_event

app_name = "calls"
urlpatterns = [
    path("outcomes/", views.OutcomeList.as_view(), name="outcome-list"),
    path("outcomes/<slug:pk>/", views.OutcomeEdit.as_view(), name="outcome-edit"),
    path("categories/", views.CategoryList.as_view(), name="category-list"),
    path("categories/new/", views.CategoryNew.as_view(), name="category-new"),
    path("categories/<slug:pk>/edit/", views.CategoryEdit.as_view(), name="category-edit"),
    path("referrals/", talk.ReferralList.as_view(), name="referral-list"),
    path("referrals/<int:pk>/", talk.ReferralPage.as_view(), name="referral"),
    path("referrals/<int:pk>/withdraw/", talk.ReferralWithdraw.as_view(), name="referral-withdraw"),
    path("call-issues/", talk.IssueList.as_view(), name="issue-list"),
    path("call-issues/unrecorded/", talk.UnrecordedList.as_view(), name="unrecorded-list"),
    path("call-issues/cancelled/", talk.CancelledList.as_view(), name="cancelled-list"),
    path("call-issues/<int:pk>/", talk.IssuePage.as_view(), name="issue"),
    path("flags/", talk.FlagList.as_view(), name="flag-list"),
    path("flags/<int:pk>/", talk.FlagPage.as_view(), name="flag"),
    path("quick-texts/", talk.QuickTextList.as_view(), name="quick-text-list"),
    path("quick-texts/new/", talk.QuickTextNew.as_view(), name="quick-text-new"),
    path("quick-texts/<int:pk>/", talk.QuickTextEdit.as_view(), name="quick-text"),
    path("quick-texts/<int:pk>/remove/", talk.QuickTextRemove.as_view(), name="quick-text-remove"),
    path("pbx/events/", pbx_event, name="pbx-events"),
]
