from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.context import origin
from cases.models import Client
from cases.selectors import free_specialist
from cases.serializers import read_document
from cases.services.imports.templates import import_template
from collection.lib.errors import Refused
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role


class Command(BaseCommand):
    help = "Take over an import template (JSON, as the template's page hands it out) for a client: the next version of that name. It acts as --by, or else as a data specialist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="code of the client")
        parser.add_argument("--by", default="", help="username of the person it is done as")

    def handle(self, *args: Any, **options: Any) -> None:
        client = Client.objects.filter(code=options["client"]).first()
        if client is None:
            raise CommandError(_("There is no client “%(code)s”.") % {"code": options["client"]})
        try:
            document = read_document(options["file"].read_bytes())
            with origin("import_template"):
                template = import_template(client=client, **document, by=self._person(options["by"]), now=timezone.now())
        except OSError as error:
            raise CommandError(_("There is no file %(path)s.") % {"path": options["file"]}) from error
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(_("“%(template)s” is taken over.") % {"template": template})

    def _person(self, username: str) -> User:
        if username:
            person = User.objects.filter(username=username, is_active=True).first()
        else:
            person = free_specialist(timezone.now()) or people_with_role(Role.DATA_SPECIALIST).first()
        if person is None or not person.has_perm("cases.import_placement"):
            raise CommandError(_("There is nobody to take it over as: add a data specialist, or name one with --by."))
        return person
