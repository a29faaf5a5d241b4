from django.urls import path

from workbench.views import docs, home

app_name = "workbench"
urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("pulse/", home.Pulse.as_view(), name="pulse"),
    path("search/", home.Search.as_view(), name="search"),
    path("api/docs/", docs.ApiDocs.as_view(), name="api-docs"),
]
