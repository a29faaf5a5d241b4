from django.urls import path

from compliance.views import notices, people, policies, scripts

app_name = "compliance"
urlpatterns = [
    path("policies/", policies.PolicyList.as_view(), name="policy-list"),
    path("policies/<int:pk>/", policies.PolicyEdit.as_view(), name="policy-edit"),
    path("scripts/", scripts.ScriptList.as_view(), name="script-list"),
    path("scripts/new/", scripts.ScriptNew.as_view(), name="script-new"),
    path("scripts/preview/", scripts.ScriptPreview.as_view(), name="script-preview"),
    path("scripts/<int:pk>/", scripts.ScriptEdit.as_view(), name="script-edit"),
    path("do-not-contact/", people.DoNotContactList.as_view(), name="do-not-contact-list"),
    path("entrustment/", notices.NoticeList.as_view(), name="notice-list"),
    path("entrustment/<int:pk>/", notices.NoticeNew.as_view(), name="notice-new"),
    path("entrustment/file/<int:pk>/", notices.NoticeFile.as_view(), name="notice-file"),
    path("instructions/", people.InstructionList.as_view(), name="instruction-list"),
    path("instructions/new/", people.InstructionNew.as_view(), name="instruction-new"),
    path("instructions/<int:pk>/approve/", people.InstructionApprove.as_view(), name="instruction-approve"),
    path("instructions/<int:pk>/file/", people.InstructionFile.as_view(), name="instruction-file"),
]
