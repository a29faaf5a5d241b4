from django.urls import path

from letters.views import letters, printing, quality, templates

app_name = "letters"

urlpatterns = [
    path("letters/", letters.LetterList.as_view(), name="letter-list"),
    path("letters/new/", letters.LetterNew.as_view(), name="letter-new"),
    path("letters/approve/", letters.ApproveLetters.as_view(), name="approve-many"),
    path("letters/print/", printing.StartPrintRun.as_view(), name="print"),
    path("letters/<int:pk>/", letters.LetterDetail.as_view(), name="letter-detail"),
    path("letters/<int:pk>/pdf/", letters.LetterPdf.as_view(), name="letter-pdf"),
    path("letters/<int:pk>/approve/", letters.ApproveLetter.as_view(), name="approve"),
    path("letters/<int:pk>/refuse/", letters.RefuseLetter.as_view(), name="refuse"),
    path("letters/<int:pk>/send-back/", letters.SendBackLetter.as_view(), name="send-back"),
    path("letters/<int:pk>/cancel/", letters.CancelLetter.as_view(), name="cancel"),
    path("letters/<int:pk>/dispatch/", printing.DispatchLetter.as_view(), name="dispatch"),
    path("letters/<int:pk>/delivered/", letters.DeliverLetter.as_view(), name="delivered"),
    path("letters/<int:pk>/returned/", letters.ReturnLetter.as_view(), name="returned"),
    path("letters/<int:pk>/rectified/", quality.RectifyLetter.as_view(), name="rectified"),
    path("letters/runs/", printing.PrintRunList.as_view(), name="print-run-list"),
    path("letters/runs/<int:pk>/", printing.PrintRunDetail.as_view(), name="print-run-detail"),
    path("letters/runs/<int:pk>/progress/", printing.PrintRunProgress.as_view(), name="print-run-progress"),
    path("letters/runs/<int:pk>/pdf/", printing.PrintRunFile.as_view(kind="letters"), name="print-run-pdf"),
    path("letters/runs/<int:pk>/labels/", printing.PrintRunFile.as_view(kind="labels"), name="print-run-labels"),
    path("letters/runs/<int:pk>/dispatch-list/", printing.PrintRunFile.as_view(kind="dispatch-list"), name="print-run-dispatch-list"),
    path("letters/quality/", quality.QualityList.as_view(), name="quality-list"),
    path("letters/quality/<int:pk>/", quality.QualityCheckPage.as_view(), name="quality-check"),
    path("letters/quality/<int:pk>/paper/", quality.QualityPaper.as_view(), name="quality-paper"),
    path("letters/templates/", templates.TemplateList.as_view(), name="template-list"),
    path("letters/templates/new/", templates.TemplateNew.as_view(), name="template-new"),
    path("letters/templates/preview/", templates.TemplatePreview.as_view(), name="template-preview"),
    path("letters/templates/<int:pk>/", templates.TemplateEdit.as_view(), name="template-edit"),
    path("letters/templates/<int:pk>/pdf/", templates.TemplatePdf.as_view(), name="template-pdf"),
    path("letters/templates/<int:pk>/retire/", templates.RetireTemplate.as_view(), name="template-retire"),
]
