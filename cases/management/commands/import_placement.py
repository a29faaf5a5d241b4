import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.context import origin
from cases.choices import Channel, ImportState, Severity
from cases.models import ArrivalFile, Client, ImportRun
from cases.selectors import free_specialist, live_run_of
from cases.services import imports, intake
from cases.wording import failure_text, field_label, finding_text
from collection.lib.errors import Refused
from staff.choices import Role
from staff.models import Team, User
from staff.selectors import people_with_role

CLEAN, ROW_ERRORS, UNREADABLE = 0, 1, 2


class Stop(Exception):
    """Nothing is kept: the transaction is rolled back, the report stays."""


class Command(BaseCommand):
    help = (
        "Import a bank's file as the import page does, in one go: read, map by the known headers, check, commit. "
        "All or nothing: with a row error nothing is kept. Exit 0: committed (or clean, with --dry-run); 1: row errors; 2: the file or the "
        "request cannot be used. It acts as --by, or else as a data specialist on duty, or else as a superuser."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--client", required=True, help="code of the client")
        parser.add_argument(
            "--password", default="", help="password of the file; better in the environment as IMPORT_PASSWORD, where other users of the machine do not see it"
        )
        parser.add_argument("--team", default="", help="name of the team; without it the client's, or the first one that has a lead")
        parser.add_argument("--by", default="", help="username of the person it is done as")
        parser.add_argument("--dry-run", action="store_true", help="check only; nothing is left behind")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        self.report: dict[str, Any] = {"placement": None, "placements": [], "rows": 0, "cases": 0, "changed": 0, "mapping": [], "warnings": [], "errors": []}
        self.code = CLEAN
        stored: list[ArrivalFile] = []
        try:
            with transaction.atomic(), origin("import_placement"):
                self._import(options, stored)
        except Stop:
            for row in stored:
                row.file.storage.delete(row.file.name)
        self._print(as_json=options["json"])
        raise SystemExit(self.code)

    def _import(self, options: dict[str, Any], stored: list[ArrivalFile]) -> None:
        now = timezone.now()
        client, person = self._client(options["client"]), self._person(options["by"])
        team = self._team(options["team"], client)
        try:
            file = self._file(options["file"], client, person, stored)
            run = imports.start_import(file=file, by=person, now=now, team=team)
            runs = self._read(run, options["password"] or os.environ.get("IMPORT_PASSWORD", ""), person, stored)
            for run in runs:
                imports.confirm_mapping(run_id=run.pk, by=person, now=now, save_template=False)
                imports.check_import(run_id=run.pk, clock=timezone.now)
                self._note_findings(run)
            if self.report["errors"]:
                self._stop(ROW_ERRORS)
            if options["dry_run"]:
                self._stop(CLEAN)
            for run in runs:
                self._commit(run, person)
        except Refused as refusal:
            self._fail("refused", str(refusal), UNREADABLE)

    def _commit(self, run: ImportRun, person: User) -> None:
        imports.commit_import(run_id=run.pk, by=person, now=timezone.now())
        imports.write_import(run_id=run.pk, clock=timezone.now)
        run.refresh_from_db()
        if run.state != ImportState.COMMITTED:
            self._fail("not_committed", _("The placement could not be committed; try again."), ROW_ERRORS)
        if run.is_placement:
            self.report["placement"] = self.report["placement"] or run.placement.pk
            self.report["placements"].append(run.placement.pk)
        else:
            self.report["changed"] += run.summary.get("changed", 0)

    # --- who, for whom, what -------------------------------------------------------------------------------------------------

    def _client(self, code: str) -> Client:
        client = Client.objects.filter(code=code).first()
        if client is None:
            known = ", ".join(Client.objects.order_by("code").values_list("code", flat=True)) or "—"
            self._fail("client_unknown", _("There is no client “%(code)s”. Known: %(known)s") % {"code": code, "known": known}, UNREADABLE)
        return client

    def _person(self, username: str) -> User:
        if username:
            person = User.objects.filter(username=username, is_active=True).first()
        else:
            specialist = free_specialist(timezone.now()) or people_with_role(Role.DATA_SPECIALIST).first()
            person = specialist or User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if person is None:
            self._fail("nobody", _("There is nobody to import as: add a data specialist, or name somebody with --by."), UNREADABLE)
        return person

    def _team(self, name: str, client: Client) -> Team | None:
        team = Team.objects.filter(name=name).first() if name else None
        if name and team is None:
            self._fail("team_unknown", _("There is no team “%(name)s”.") % {"name": name}, UNREADABLE)
        if team or (client.team and client.team.lead):
            return team
        return Team.objects.filter(is_active=True, lead__isnull=False).order_by("pk").first()

    def _file(self, path: Path, client: Client, person: User, stored: list[ArrivalFile]) -> ArrivalFile:
        """The file's arrival, handed over. A file that came before, and is not imported, is taken up again."""
        if not path.is_file():
            self._fail("no_file", _("There is no file %(path)s.") % {"path": path}, UNREADABLE)
        now = timezone.now()
        with path.open("rb") as content:
            upload = File(content, name=path.name)
            sha256 = intake.hash_of(upload)
            before = ArrivalFile.objects.filter(client=client, sha256=sha256).select_related("arrival").first()
            if before and live_run_of(before):
                text = _("This very file is already placement %(placement)s.") % {"placement": live_run_of(before)}
                self._fail("same_file", text, ROW_ERRORS)
            if before:
                arrival = before.arrival
            else:
                arrival = intake.register_arrival(client=client, channel=Channel.OTHER, received_at=now, files=[upload], by=person, now=now)
                stored.extend(arrival.files.all())
        if arrival.state == "waiting":
            specialist = person if person.has_perm("cases.import_placement") else None
            intake.hand_over_arrival(arrival_id=arrival.pk, to=specialist, by=person, now=now)
        return before or stored[0]

    def _read(self, run: ImportRun, password: str, person: User, stored: list[ArrivalFile]) -> list[ImportRun]:
        """The file's import, read; or those of the files in it, if it is an archive."""
        if password:
            imports.unlock_file(run_id=run.pk, password=password, by=person, now=timezone.now())
        members = imports.read_import(run_id=run.pk, clock=timezone.now)
        stored.extend(run.file.members.all())
        for member in members:
            imports.read_import(run_id=member, clock=timezone.now)
        runs = list(ImportRun.objects.filter(pk__in=members or [run.pk]).select_related("client").order_by("pk"))
        for run in runs:
            if run.failure:
                self._fail(run.failure.partition(":")[0], failure_text(run.failure), UNREADABLE)
            self._note_mapping(run)
        return runs

    # --- the report ----------------------------------------------------------------------------------------------------------

    def _note_mapping(self, run: ImportRun) -> None:
        self.report["mapping"] += [
            {"sheet": sheet["sheet"], **{name: column[name] for name in ("column", "header", "field", "confidence")}}
            for sheet in run.layout
            for column in sheet["columns"]
        ]

    def _note_findings(self, run: ImportRun) -> None:
        run.refresh_from_db()
        self.report["rows"] += run.row_count
        self.report["cases"] += run.summary["cases"]
        told = run.findings.exclude(severity=Severity.NOTE).select_related("row")
        for finding in told.defer("row__cells", "row__values").order_by("row_id", "pk").iterator(chunk_size=1000):
            label = field_label(finding.field) if finding.field else ""
            text = finding_text(finding.code, finding.values)
            place = {"sheet": finding.row.sheet, "row": finding.row.row} if finding.row else {"sheet": finding.values.get("sheet", ""), "row": None}
            line = place | {"column": finding.column, "code": finding.code}
            kind = "errors" if finding.severity == Severity.ERROR else "warnings"
            self.report[kind].append(line | {"message": f"{label}: {text}" if label else text})

    def _fail(self, code: str, message: str, exit_code: int) -> None:
        self.report["errors"].append({"sheet": "", "row": None, "column": "", "code": code, "message": message})
        self._stop(exit_code)

    def _stop(self, code: int) -> None:
        self.code = code
        raise Stop

    def _print(self, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(self.report, ensure_ascii=False, indent=2))
            return
        for kind in ("warnings", "errors"):
            for line in self.report[kind]:
                place = f"{line['sheet']} {line['column']}{line['row']}: " if line["row"] else ""
                self.stdout.write(f"{kind[:-1]}: {place}{line['message']} [{line['code']}]")
        counts = {"rows": self.report["rows"], "cases": self.report["cases"], "errors": len(self.report["errors"]), "warnings": len(self.report["warnings"])}
        self.stdout.write(_("%(rows)s rows, %(cases)s cases, %(errors)s errors, %(warnings)s warnings.") % counts)
        if self.report["placement"]:
            self.stdout.write(_("Imported as placement %(id)s.") % {"id": self.report["placement"]})
