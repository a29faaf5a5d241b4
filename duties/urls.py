from django.urls import path

from duties import settings_views, views

app_name = "duties"
urlpatterns = [
    path("duties/", views.DutyList.as_view(), name="duty-list"),
    path("duties/<int:pk>/", views.DutyPage.as_view(), name="duty-detail"),
    path("duties/<int:pk>/extend/", views.Extend.as_view(), name="extend"),
    path("duties/<int:pk>/hand-over/", views.HandOver.as_view(), name="hand-over"),
    path("duties/<int:pk>/pause/", views.Pause.as_view(), name="pause"),
    path("duties/<int:pk>/resume/", views.Resume.as_view(), name="resume"),
    path("calendar/", settings_views.WorkingCalendar.as_view(), name="calendar"),
    path("calendar/day/", settings_views.ChangeDay.as_view(), name="calendar-day"),
    path("calendar/confirm/", settings_views.ConfirmYear.as_view(), name="calendar-confirm"),
    path("calendar/hours/", settings_views.ChangeHours.as_view(), name="hours-edit"),
    path("calendar/hours/follow/", settings_views.FollowAgencyHours.as_view(), name="hours-follow"),
    path("duties/kinds/", settings_views.KindList.as_view(), name="kind-list"),
    path("duties/kinds/<slug:pk>/", settings_views.KindEdit.as_view(), name="kind-edit"),
    path("duties/kinds/<slug:pk>/withdraw/", settings_views.WithdrawPlanned.as_view(), name="kind-withdraw"),
]
