from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.choices import FileKind
from cases.forms.common import ALL, ClientChoiceMixin, search_field
from cases.models import ArrivalFile, Client, ImportTemplate

LARGEST_DOCUMENT = 1024 * 1024


class TemplateFilter(ClientChoiceMixin):
    kind = forms.ChoiceField(label=_("Kind of file"), choices=[ALL, *FileKind.choices], required=False)
    is_active = forms.ChoiceField(label=_("State"), choices=[ALL, ("1", _("In use")), ("0", _("Retired"))], required=False)
    q = search_field(_("Name"))
    field_order = ["q", "client", "kind", "is_active"]

    def apply(self, rows: QuerySet[ImportTemplate]) -> QuerySet[ImportTemplate]:
        data = self.cleaned_data
        for name in ("client", "kind"):
            if data[name]:
                rows = rows.filter(**{name: data[name]})
        if data["is_active"]:
            rows = rows.filter(is_active=data["is_active"] == "1")
        if data["q"]:
            rows = rows.filter(Q(name__icontains=data["q"]) | Q(client__short_name__icontains=data["q"]))
        return rows


class TemplateNameForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)


class TemplateTryForm(forms.Form):
    """A file to try a template on: one from the disk, or one that the client has sent before."""

    file = forms.FileField(label=_("A file"), required=False)
    stored = forms.ModelChoiceField(ArrivalFile.objects.none(), label=_("Or a file that the client has sent"), required=False, empty_label=_("Choose…"))
    password = forms.CharField(label=_("Password, if the file is locked"), required=False, max_length=200, widget=forms.PasswordInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, stored: QuerySet[ArrivalFile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stored"].queryset = stored
        self.fields["stored"].label_from_instance = lambda file: f"{file.uploaded_at:%Y-%m-%d} {file.name}"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("file") and not data.get("stored") and not self.errors:
            raise forms.ValidationError(_("Choose a file."))
        if data.get("file") and data["file"].size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return data


class TemplateImportForm(forms.Form):
    """A template as JSON: a file, or its text."""

    client = forms.ModelChoiceField(Client.objects.filter(is_active=True).order_by("code"), label=_("Client"), empty_label=_("Choose…"))
    file = forms.FileField(label=_("File (.json)"), required=False, widget=forms.FileInput({"accept": ".json,application/json"}))
    text = forms.CharField(label=_("Or its text"), required=False, widget=forms.Textarea({"rows": 12, "class": "code", "spellcheck": "false"}))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        given = data.get("file")
        if given and given.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("This is larger than any template."))
        data["content"] = given.read() if given else (data.get("text") or "").encode()
        if not data["content"].strip():
            raise forms.ValidationError(_("Choose a file, or paste its text."))
        return data
