from django.urls import path

from penalties import views

app_name = "penalties"
urlpatterns = [
    path("penalties/", views.EventList.as_view(), name="event-list"),
    path("penalties/<int:pk>/", views.EventDetail.as_view(), name="event-detail"),
    path("penalties/<int:pk>/appeal/", views.AppealEvent.as_view(), name="appeal"),
    path("penalties/<int:pk>/decide/", views.DecideAppeal.as_view(), name="decide-appeal"),
    path("penalties/<int:pk>/waive/", views.WaiveEvent.as_view(), name="waive"),
    path("penalties/schedule/", views.RuleList.as_view(), name="rule-list"),
    path("penalties/schedule/<int:pk>/", views.RuleEdit.as_view(), name="rule-edit"),
    path("penalties/statement/", views.Statement.as_view(), name="statement"),
    path("penalties/statement/teams/", views.TeamStatement.as_view(), name="team-statement"),
]
