from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("language/", views.ChooseLanguage.as_view(), name="language"),
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("inbox/", views.Inbox.as_view(), name="inbox"),
    path("inbox/read/", views.ReadInbox.as_view(), name="inbox-read"),
    path("inbox/<int:pk>/", views.OpenNotice.as_view(), name="notice"),
]
