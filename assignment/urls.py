from django.urls import path

from assignment.views import board, filtering, limits, plans

app_name = "assignment"
urlpatterns = [
    path("assignment/", board.Board.as_view(), name="board"),
    path("assignment/placements/<int:pk>/", board.PlacementDetail.as_view(), name="placement-detail"),
    path("assignment/placements/<int:pk>/plan/", plans.Make.as_view(), name="plan-make"),
    path("assignment/plans/<int:pk>/", plans.PlanDetail.as_view(), name="plan-detail"),
    path("assignment/plans/<int:pk>/again/", plans.Again.as_view(), name="plan-again"),
    path("assignment/plans/<int:pk>/move/", plans.Move.as_view(), name="plan-move"),
    path("assignment/plans/<int:pk>/set-aside/", plans.SetAside.as_view(), name="plan-set-aside"),
    path("assignment/plans/<int:pk>/apply/", plans.Apply.as_view(), name="plan-apply"),
    path("assignment/plans/<int:pk>/undo/", plans.Undo.as_view(), name="plan-undo"),
    path("assignment/plans/<int:pk>/discard/", plans.Discard.as_view(), name="plan-discard"),
    path("assignment/transfer/", filtering.Transfer.as_view(), name="transfer"),
    path("filtering/", filtering.FilteringList.as_view(), name="filtering-list"),
    path("filtering/<int:pk>/extend/", filtering.Extend.as_view(), name="filtering-extend"),
    path("capacities/", limits.CapacityList.as_view(), name="capacity-list"),
    path("capacities/<int:pk>/", limits.CapacityEdit.as_view(), name="capacity-edit"),
    path("requirements/", limits.RequirementList.as_view(), name="requirement-list"),
    path("requirements/<int:pk>/", limits.RequirementEdit.as_view(), name="requirement-edit"),
]
