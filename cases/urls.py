from django.urls import path

from cases.views import arrivals, clients, placements, registry

app_name = "cases"
urlpatterns = [
    path("arrivals/", arrivals.ArrivalList.as_view(), name="arrival-list"),
    path("arrivals/new/", arrivals.ArrivalNew.as_view(), name="arrival-new"),
    path("arrivals/<int:pk>/", arrivals.ArrivalDetail.as_view(), name="arrival-detail"),
    path("arrivals/<int:pk>/extend/", arrivals.ArrivalExtend.as_view(), name="arrival-extend"),
    path("arrivals/<int:pk>/delegate/", arrivals.ArrivalDelegate.as_view(), name="arrival-delegate"),
    path("arrivals/<int:pk>/hand-over/", arrivals.ArrivalHandOver.as_view(), name="arrival-hand-over"),
    path("arrivals/<int:pk>/reject/", arrivals.ArrivalReject.as_view(), name="arrival-reject"),
    path("arrivals/files/<int:pk>/", arrivals.FileDownload.as_view(), name="file-download"),
    path("arrivals/files/<int:pk>/import/", placements.ImportStart.as_view(), name="import-start"),
    path("placements/", placements.PlacementList.as_view(), name="placement-list"),
    path("placements/<int:pk>/", placements.PlacementDetail.as_view(), name="placement-detail"),
    path("placements/<int:pk>/progress/", placements.PlacementProgress.as_view(), name="placement-progress"),
    path("placements/<int:pk>/password/", placements.ImportPassword.as_view(), name="import-password"),
    path("placements/<int:pk>/columns/", placements.ImportMapping.as_view(), name="import-mapping"),
    path("placements/<int:pk>/leave-out/", placements.RowsLeaveOut.as_view(), name="rows-leave-out"),
    path("placements/<int:pk>/take-back/", placements.RowsTakeBack.as_view(), name="rows-take-back"),
    path("placements/<int:pk>/commit/", placements.ImportCommit.as_view(), name="import-commit"),
    path("placements/<int:pk>/cancel/", placements.ImportCancel.as_view(), name="import-cancel"),
    path("placements/<int:pk>/undo/", placements.ImportUndo.as_view(), name="import-undo"),
    path("placements/<int:pk>/errors.xlsx", placements.ErrorWorkbook.as_view(), name="placement-errors"),
    path("placements/rows/<int:pk>/mend/", placements.MendCell.as_view(), name="row-mend"),
    path("registry/", registry.RegistryList.as_view(), name="registry-list"),
    path("registry/<int:pk>/", registry.RegistryDetail.as_view(), name="registry-detail"),
    path("registry/<int:pk>/approve/", registry.RegistryApprove.as_view(), name="registry-approve"),
    path("registry/<int:pk>/refuse/", registry.RegistryRefuse.as_view(), name="registry-refuse"),
    path("registry/<int:pk>/submit/", registry.RegistrySubmit.as_view(), name="registry-submit"),
    path("registry/<int:pk>/confirm/", registry.RegistryConfirm.as_view(), name="registry-confirm"),
    path("registry/<int:pk>/answer/", registry.RegistryAnswer.as_view(), name="registry-answer"),
    path("clients/", clients.ClientList.as_view(), name="client-list"),
    path("clients/new/", clients.ClientNew.as_view(), name="client-new"),
    path("clients/<int:pk>/", clients.ClientEdit.as_view(), name="client-edit"),
]
