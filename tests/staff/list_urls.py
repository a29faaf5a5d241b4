"""The product's routes, with one small list that the tests of the list component use."""

from django import forms
from django.urls import path

from collection.urls import handler400, handler403, handler404, handler500, urlpatterns
from staff.listing import Column, DeskList
from staff.models import User

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class PeopleFilter(forms.Form):
    name = forms.CharField(required=False, label="Name")
    theme = forms.ChoiceField(required=False, label="Theme", choices=[("", "All"), ("dark", "The dark one"), ("system", "System")])
    joined = forms.DateField(required=False, label="Joined")

    def apply(self, rows):
        wanted = self.cleaned_data
        if wanted["name"]:
            rows = rows.filter(name__contains=wanted["name"])
        if wanted["theme"]:
            rows = rows.filter(theme=wanted["theme"])
        return rows.filter(joined_on=wanted["joined"]) if wanted["joined"] else rows


class PeopleTable(DeskList):
    list_name = "tests:people"
    title = "People: all [test]"
    filter_form = PeopleFilter
    empty_title = "Nobody is here"
    empty_text = "People appear once they are entered."
    new_action = ("Enter somebody", "staff:password", "audit.read_trail")
    bulk_actions = [("Mark", "staff:inbox-read", "audit.read_trail")]
    columns = [
        Column("name", "Name", sort="name", link=True),
        Column("staff_no", "Number", sort="staff_no"),
        Column("team", "Team", value="team.name"),
        Column("theme", "Theme", value=lambda person: ("good", person.get_theme_display()), kind="state"),
        Column("joined_on", "Joined", kind="date", sort="joined_on"),
        Column("username", "User name", hidden=True),
    ]

    def rows(self):
        return User.objects.filter(username__startswith="row").select_related("team")

    def row_url(self, row):
        return f"/people/{row.pk}/"


class GuardedTable(PeopleTable):
    list_name = "tests:guarded"
    export_permission = "cases.export_cases"


urlpatterns += [path("tests/people/", PeopleTable.as_view()), path("tests/guarded/", GuardedTable.as_view())]
