from django.urls import path

from staff import settings_views, trail_views, training_views, views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign-in"),
    path("sign-out/", views.SignOut.as_view(), name="sign-out"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("language/", views.ChooseLanguage.as_view(), name="language"),
    path("preferences/", views.Preferences.as_view(), name="preferences"),
    path("inbox/", views.Inbox.as_view(), name="inbox"),
    path("inbox/read/", views.ReadInbox.as_view(), name="inbox-read"),
    path("exports/<int:pk>/", views.Export.as_view(), name="export"),
    path("inbox/<int:pk>/", views.OpenNotice.as_view(), name="notice"),
    path("people/", settings_views.PeopleList.as_view(), name="people-list"),
    path("people/new/", settings_views.PersonNew.as_view(), name="people-new"),
    path("people/<int:pk>/", settings_views.PersonEdit.as_view(), name="people-edit"),
    path("people/<int:pk>/disable/", settings_views.DisablePerson.as_view(), name="people-disable"),
    path("people/<int:pk>/enable/", settings_views.EnablePerson.as_view(), name="people-enable"),
    path("people/<int:pk>/password/", settings_views.ResetPassword.as_view(), name="people-password"),
    path("teams/", settings_views.TeamList.as_view(), name="team-list"),
    path("teams/new/", settings_views.TeamNew.as_view(), name="team-new"),
    path("teams/<int:pk>/", settings_views.TeamEdit.as_view(), name="team-edit"),
    path("leave/", settings_views.LeaveList.as_view(), name="leave-list"),
    path("leave/new/", settings_views.LeaveNew.as_view(), name="leave-new"),
    path("leave/<int:pk>/cancel/", settings_views.LeaveCancel.as_view(), name="leave-cancel"),
    path("training/", training_views.QualificationList.as_view(), name="qualification-list"),
    path("training/new/", training_views.QualificationNew.as_view(), name="qualification-new"),
    path("trail/", trail_views.Trail.as_view(), name="trail"),
]
