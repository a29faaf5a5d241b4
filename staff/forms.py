from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from staff.choices import Theme
from staff.rules import SAVED_NAME_LENGTH, SAVED_QUERY_LENGTH


class SignInForm(AuthenticationForm):
    """The same answer for an unknown name, a wrong password and a closed account (S30)."""

    error_messages = {
        "invalid_login": _("The user name or the password is wrong. Mind capital letters; after several wrong tries sign-in pauses."),
        "inactive": _("The user name or the password is wrong. Mind capital letters; after several wrong tries sign-in pauses."),
    }


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=Theme.choices)


class SavedFilterForm(forms.Form):
    save_as = forms.CharField(max_length=SAVED_NAME_LENGTH)
    query = forms.CharField(max_length=SAVED_QUERY_LENGTH)
