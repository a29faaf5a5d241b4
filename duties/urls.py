from django.urls import path

from duties import views

app_name = "duties"
urlpatterns = [
    path("duties/", views.DutyList.as_view(), name="duty-list"),
    path("duties/<int:pk>/extend/", views.Extend.as_view(), name="extend"),
    path("duties/<int:pk>/hand-over/", views.HandOver.as_view(), name="hand-over"),
    path("calendar/", views.WorkingCalendar.as_view(), name="calendar"),
    path("calendar/day/", views.ChangeDay.as_view(), name="calendar-day"),
    path("calendar/confirm/", views.ConfirmYear.as_view(), name="calendar-confirm"),
    path("calendar/hours/", views.ChangeHours.as_view(), name="hours-edit"),
    path("duties/kinds/", views.KindList.as_view(), name="kind-list"),
    path("duties/kinds/<slug:pk>/", views.KindEdit.as_view(), name="kind-edit"),
]
