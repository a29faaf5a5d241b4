from django.urls import path

from calls import views
from calls.views.events import pbx_event

app_name = "calls"
urlpatterns = [
    path("outcomes/", views.OutcomeList.as_view(), name="outcome-list"),
    path("outcomes/<slug:pk>/", views.OutcomeEdit.as_view(), name="outcome-edit"),
    path("categories/", views.CategoryList.as_view(), name="category-list"),
    path("categories/new/", views.CategoryNew.as_view(), name="category-new"),
    path("categories/<slug:pk>/edit/", views.CategoryEdit.as_view(), name="category-edit"),
    path("pbx/events/", pbx_event, name="pbx-events"),
]
