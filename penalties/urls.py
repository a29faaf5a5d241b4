from django.urls import path, register_converter

from penalties import settings_views, statement_views, views


class MonthConverter:
    """2026-11 in an address; other texts are no month."""

    regex = r"20\d\d-(0[1-9]|1[0-2])"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(MonthConverter, "month")

app_name = "penalties"
urlpatterns = [
    path("penalties/", views.EventList.as_view(), name="event-list"),
    path("penalties/<int:pk>/", views.EventDetail.as_view(), name="event-detail"),
    path("penalties/<int:pk>/appeal/", views.AppealEvent.as_view(), name="appeal"),
    path("penalties/<int:pk>/decide/", views.DecideAppeal.as_view(), name="decide-appeal"),
    path("penalties/<int:pk>/waive/", views.WaiveEvent.as_view(), name="waive"),
    path("penalties/files/<int:pk>/", views.AppealFileDownload.as_view(), name="appeal-file"),
    path("penalties/schedule/", settings_views.RuleList.as_view(), name="rule-list"),
    path("penalties/schedule/<int:pk>/", settings_views.RuleEdit.as_view(), name="rule-edit"),
    path("penalties/schedule/<int:pk>/withdraw/", settings_views.WithdrawPlannedRule.as_view(), name="rule-withdraw"),
    path("penalties/policy/", settings_views.PolicyEdit.as_view(), name="policy-edit"),
    path("penalties/exemptions/", settings_views.ExemptionList.as_view(), name="exemption-list"),
    path("penalties/exemptions/new/", settings_views.ExemptionNew.as_view(), name="exemption-new"),
    path("penalties/exemptions/<int:pk>/end/", settings_views.ExemptionEnd.as_view(), name="exemption-end"),
    path("penalties/statement/", statement_views.Statement.as_view(), name="statement"),
    path("penalties/statement/teams/", statement_views.TeamStatement.as_view(), name="team-statement"),
    path("penalties/statement/<month:month>/pdf/", statement_views.StatementPdf.as_view(), name="statement-pdf"),
    path("penalties/statement/<month:month>/close/", statement_views.CloseMonth.as_view(), name="close-month"),
    path("penalties/statement/<month:month>/reopen/", statement_views.ReopenMonth.as_view(), name="reopen-month"),
]
