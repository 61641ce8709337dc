"""The composition root: settings in, ASGI app and services out."""

import os
from pathlib import Path
from typing import Any

from bottega import migrate
from bottega.artifacts.provenance import Provenance
from bottega.artifacts.receiving import KIND as ARTIFACT
from bottega.artifacts.receiving import ArtifactReceiver
from bottega.artifacts.service import ArtifactService
from bottega.artifacts.signing import SigningKeys
from bottega.audit.trail import AuditTrail
from bottega.badges.links import PublicBadges, forget_badge
from bottega.build.analysis.service import AnalysisService
from bottega.build.badges.service import BadgeService
from bottega.build.badges.service import paint as paint_build
from bottega.build.changes.service import ChangeService
from bottega.build.code.service import CodeService
from bottega.build.commit_status.service import CommitStatusService
from bottega.build.favourites.service import FavouriteService, followers
from bottega.build.files.delivery import provider as file_provider
from bottega.build.files.service import FileService
from bottega.build.flows.service import FlowService, job_ended
from bottega.build.groups.service import GroupService
from bottega.build.hooks.polling import Polling
from bottega.build.hooks.service import HookService
from bottega.build.kinds import BUILD
from bottega.build.logs.service import LogService
from bottega.build.looking import Looking
from bottega.build.notices.outbox import runs_ended
from bottega.build.notices.service import NoticeService
from bottega.build.notices.teller import BuildTeller
from bottega.build.permissions.service import PermissionService
from bottega.build.planning import requests as plan_requests
from bottega.build.planning.service import Planner
from bottega.build.records.service import RecordService
from bottega.build.recycling.purging import Purge
from bottega.build.recycling.service import RecycleBin
from bottega.build.reports.receiving import KIND as COVERAGE
from bottega.build.reports.receiving import CoverageReceiver
from bottega.build.reports.recording import begun_again, coverage_reported, tests_reported
from bottega.build.reports.service import ReportService
from bottega.build.service import BuildService
from bottega.build.statistics.service import StatisticsService
from bottega.build.task_states import TaskStates
from bottega.build.templates.recommender import Recommender
from bottega.build.templates.service import TemplateService
from bottega.build.tenant.service import TenantService
from bottega.build.timers.service import TimerService
from bottega.caches.for_runs import CachesForRuns
from bottega.caches.forgetting import KIND as CACHE
from bottega.caches.forgetting import forget_task as forget_caches
from bottega.caches.receiving import CacheReceiver
from bottega.caches.service import CacheService
from bottega.check.annotations.choosing import Links
from bottega.check.annotations.service import AnnotationService
from bottega.check.catalogue.catalogues import Catalogues
from bottega.check.gates.levels import effective
from bottega.check.gates.service import GateService
from bottega.check.issues.changing import IssueChanges
from bottega.check.issues.fixing import IssueFixes
from bottega.check.issues.rulebook import RuleBook
from bottega.check.issues.service import IssueService
from bottega.check.issues.storing import IssueStore
from bottega.check.kinds import CHECK
from bottega.check.measures.service import MeasureService
from bottega.check.notices.forgetting import forget_task as forget_notices
from bottega.check.notices.hooks import CheckHooks
from bottega.check.notices.service import CheckNotices
from bottega.check.notices.teller import CheckTeller
from bottega.check.reports.badges import HealthBadges
from bottega.check.reports.badges import paint as paint_health
from bottega.check.reports.export import IssueExport
from bottega.check.reports.importing import ImportService
from bottega.check.reports.jobs import ReportJobs, forget_reports
from bottega.check.rulesets.resolving import choices
from bottega.check.rulesets.service import RuleSetService
from bottega.check.scans import ending as scan_endings
from bottega.check.scans.delivery import ScansForRuns
from bottega.check.scans.history import ScanHistory
from bottega.check.scans.logs import ScanLogs
from bottega.check.scans.planning import Choose
from bottega.check.scans.receiving import KIND as SCAN
from bottega.check.scans.receiving import ScanReceiver
from bottega.check.scans.service import ScanService
from bottega.check.scans.storing import ScanStorage
from bottega.check.scans.words import words_of as check_words
from bottega.check.schedules.service import CheckSchedules
from bottega.check.tasks.changing import TaskChanges
from bottega.check.tasks.code import TaskCode
from bottega.check.tasks.groups import TaskGroups
from bottega.check.tasks.listing import CheckTaskLists
from bottega.check.tasks.removal import TaskRemoval
from bottega.check.tasks.service import CheckTaskService
from bottega.check.tasks.trees import TaskTrees
from bottega.check.triggers.inbox import note as note_news
from bottega.check.triggers.inbox import note_told
from bottega.check.triggers.service import CheckTriggers
from bottega.check.triggers.watched import WatchedChecks
from bottega.data_folder import MASTER_KEY_FILE, prepare_data_folder
from bottega.forges.forge import Forge, forges_of
from bottega.iam.service import IamService
from bottega.ids import new_hex
from bottega.notify.fanout import FanOut
from bottega.notify.service import NotifyService, sender_of, tls_of
from bottega.pools.service import PoolService
from bottega.projects.members import MemberService
from bottega.projects.service import ProjectService
from bottega.runs.agents import AgentRegistry
from bottega.runs.control.service import ControlService
from bottega.runs.logs.live import LiveLogs
from bottega.runs.logs.reader import LogReader
from bottega.runs.logs.sealed import SealedLogs
from bottega.runs.service import RunService
from bottega.scm.policy import url_policy
from bottega.settings import ScmCredential, Settings, SettingsError
from bottega.store.database import Database
from bottega.store.objects import Objects, open_objects
from bottega.store.secrets import SecretBox
from bottega.transfers.service import Transfers


class Services:
    """Everything a replica is made of, wired once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.local_url = ""
        data = prepare_data_folder(settings)
        self.database = open_database(settings)
        self.secrets = SecretBox.open(data / MASTER_KEY_FILE)
        self.replica_id = _replica_id(data / "replica")
        self.agents = AgentRegistry(self.database, self.secrets)
        self.runs = RunService(self.database, self.secrets, settings.runs)
        self.live_logs = LiveLogs(data / "logs")
        objects = open_objects(settings.objects.url, data / "objects", settings.objects.options)
        self.sealed_logs = SealedLogs(objects)
        self.logs = LogReader(self.live_logs, self.sealed_logs)
        self.iam = IamService(self.database, self.secrets, settings)
        self.audit = AuditTrail(self.database)
        self.projects = ProjectService(self.database)
        self.members = MemberService(self.database)
        self.builds = BuildService(self.database, self.runs, self.secrets, settings)
        self.build_logs = LogService(self.builds.reader, self.logs)
        self.analysis = AnalysisService(self.builds.reader, self.logs)
        self.projects.on_delete.append(self.builds.forget_project)
        self.tenants = TenantService(self.database, self.runs.silent_after_ms)
        self.agent_pools = PoolService(self.database, self.runs.silent_after_ms)
        self.permissions = PermissionService(self.database, self.builds.zone)
        self.states = TaskStates(self.database)
        self.changes = ChangeService(self.database)
        self.favourites = FavouriteService(self.database)
        self.groups = GroupService(self.database, self.builds.zone)
        self.build_records = RecordService(self.database)
        self.statistics = StatisticsService(self.database, self.builds.zone)
        self.reports = ReportService(self.database, objects)
        self.runs.reported.add_tests(tests_reported)
        self.runs.reported.add_coverage(coverage_reported)
        self.runs.reported.add_again(begun_again)
        purge = Purge(self.database, self._remove_files, [forget_caches])
        self.recycling = RecycleBin(self.database, purge)
        self.files = FileService(self.database, self.secrets, settings.files.per_tenant)
        self.runs.secret_files = file_provider(self.files)
        self._open_repository(objects)
        self._open_code()
        self._open_check(data)
        self._open_scans(objects)
        self._open_triggers()
        self._open_flows()
        # Once: it reads all authorities of the system.
        self._tls = tls_of(settings)
        self._open_notices()
        forges = forges_of(settings.forges)
        self.commit_status = self._commit_status(forges)
        self.annotations = self._annotations(forges)
        self.control = ControlService(
            settings=settings,
            database=self.database,
            runs=self.runs,
            live=self.live_logs,
            sealed=self.sealed_logs,
            git=git_rules(settings),
            replica_id=self.replica_id,
        )

    def _open_code(self) -> None:
        rules = git_rules(self.settings)
        self.code = CodeService(self.database, rules)
        self.badges = BadgeService(self.database, self.secrets)
        self.public_badges = PublicBadges(self.database)
        self.public_badges.painters += [paint_build, paint_health]
        self.templates = TemplateService(self.database, self.secrets, Recommender(self.database, rules))

    def _open_check(self, data: Path) -> None:
        self.catalogues = Catalogues(data / "check")
        self.rule_sets = RuleSetService(self.database, self.catalogues)
        self.projects.on_delete.append(self.rule_sets.forget_project)
        self.check_tasks = CheckTaskService(self.database, self.secrets, self.settings)
        self.check_changes = TaskChanges(self.check_tasks)
        self._check_looking = Looking(git_rules(self.settings), "check-code")
        self.check_code = TaskCode(self.database, self.secrets, self._check_looking)
        self.check_trees = TaskTrees(self.database, self.check_code)
        self.check_gates = GateService(self.database)
        self.check_lists = CheckTaskLists(self.database)
        rules = RuleBook(lambda: self.catalogues.current().rules)
        self.issues = IssueService(self.database, rules)
        self.issue_export = IssueExport(self.database, rules)
        self.issue_imports = ImportService(self.database)
        self.check_groups = TaskGroups(self.database)
        self.issues = IssueService(self.database, RuleBook(lambda: self.catalogues.current().rules))
        self.issue_changes = IssueChanges(self.database)
        self.issue_fixes = IssueFixes(self.database, self.secrets, self._check_looking)
        self.check_removal = TaskRemoval(self.database, self.runs, self._remove_files)
        self.check_removal.purge.forgetting += [forget_caches, forget_badge, forget_reports, forget_notices]
        self.health_badges = HealthBadges(self.database, self.secrets, self.settings.http.public_url)
        self.projects.on_delete.append(self.check_removal.forget_project)

    def _open_scans(self, objects: Objects) -> None:
        self.scans = ScanService(self.database, self.runs, self.secrets, self.settings)
        self.scan_history = ScanHistory(self.database)
        self.check_measures = MeasureService(self.database, objects)
        self.scan_logs = ScanLogs(self.database, self.logs, self.scan_history)
        self.scans_for_runs = ScansForRuns(self.database, self._choose_rules)
        self.scan_receiver = ScanReceiver()
        self.transfers.register(SCAN, self.scan_receiver)
        issues = IssueStore(self.database, lambda: self.catalogues.current().renamed)
        self.scan_storage = ScanStorage(self.database, objects, issues, effective)
        self.report_jobs = ReportJobs(
            self.database, objects, self.issues.rules, self.settings.reports.fonts, self.builds.zone
        )
        self.scan_leftovers = scan_endings.Leftovers(self.database)
        self.runs.final.add(scan_endings.runs_ended)

    def _choose_rules(self) -> Choose:
        catalogue = self.catalogues.current()
        return lambda session, task, settings: choices(session, catalogue, task, settings)

    def _open_triggers(self) -> None:
        settings = self.settings
        self.timers = TimerService(self.builds, git_rules(settings))
        self.hooks = HookService(self.builds, self.secrets)
        self.polling = Polling(self.builds, git_rules(settings), settings.scm.poll_seconds)
        self.check_triggers = CheckTriggers(self.database, self.scans)
        self.check_schedules = CheckSchedules(self.database)
        self.hooks.receiver.on_news.append(note_told)
        self.polling.on_news.append(note_news)
        self.polling.sources.append(WatchedChecks(self.database, self.secrets, self.polling.looking))

    def _open_flows(self) -> None:
        settings = self.settings
        self.runs.final.add(plan_requests.runs_ended)
        self.flows = FlowService(self.database, self.runs)
        self.runs.final.add(job_ended(self.runs.announce_held))
        self.planner = Planner(
            self.database, self.runs, git_rules(settings), settings.runs.yaml_retry_seconds
        )

    def _open_notices(self) -> None:
        settings = self.settings
        sender = sender_of(settings, self._tls)
        self.notices = NoticeService(self.database, self.secrets, sender)
        self.runs.final.add(runs_ended)
        self.check_notices = CheckNotices(self.database)
        self.check_hooks = CheckHooks(self.database, self.secrets, sender)
        of_builds = BuildTeller(self.builds.zone)
        of_builds.followers.append(followers)
        tellers = {BUILD: of_builds, CHECK: CheckTeller(self.builds.zone, settings.http.public_url)}
        self.notice_fan_out = FanOut(
            self.database, self.secrets, tellers, with_mail=sender.mailer is not None
        )
        self.notify = NotifyService(
            self.database,
            self.secrets,
            sender,
            [self.notice_fan_out.work],
            replica_id=self.replica_id,
            keep_days=settings.retention.notices_days,
        )

    def _open_repository(self, objects: Objects) -> None:
        settings = self.settings
        # The control plane says later what refuses runs.
        self.transfers = Transfers(self.database, objects, lambda: self.runs.refusal())  # noqa: PLW0108
        self.transfers.register(ARTIFACT, ArtifactReceiver(self.database, settings.artifacts))
        self.transfers.register(COVERAGE, CoverageReceiver())
        self.artifacts = ArtifactService(self.database, objects)
        self.signing_keys = SigningKeys(self.database, self.secrets)
        self.provenance = Provenance(self.database, self.signing_keys, settings.http.public_url)
        self.projects.on_delete.append(self.artifacts.forget_project)
        self.transfers.register(CACHE, CacheReceiver(self.database, settings.caches))
        self.caches = CacheService(self.database)
        self.caches_for_runs = CachesForRuns(self.database, objects, settings.caches)
        self.projects.on_delete.append(self.caches.forget_project)

    def _commit_status(self, forges: list[Forge]) -> CommitStatusService:
        """Runs are watched only where there is a forge to be told."""
        settings = self.settings
        made = CommitStatusService(
            self.database,
            forges,
            self._tls,
            settings.http.public_url,
            {CHECK: check_words},
        )
        if made.has_forges:
            self.runs.on_submit.append(made.outbox.accepted)
            self.runs.reported.add_sources(made.outbox.checked_out)
            self.runs.final.add(made.outbox.ended)
        return made

    def _annotations(self, forges: list[Forge]) -> AnnotationService:
        """Results are looked at only where a forge wants to be told of them."""
        settings = self.settings
        made = AnnotationService(self.database, forges, self._tls, Links(settings.http.public_url))
        if made.is_wanted:
            self.scan_storage.on_result.append(made.outbox.stored)
        return made

    def _remove_files(self, tenant_id: str, run_id: str) -> None:
        self.provenance.sign_ended(run_id)
        self.reports.housekeeping.remove(tenant_id, run_id)
        self.live_logs.remove(run_id)
        self.sealed_logs.remove(tenant_id, run_id)

    def close(self) -> None:
        """Close what holds files or connections."""
        self.iam.close()
        self.templates.close()
        self.code.close()
        self._check_looking.close()
        self.timers.close()
        self.polling.close()
        self.planner.close()
        self.catalogues.close()
        self.database.close()


def open_database(settings: Settings) -> Database:
    """The database of these settings; its schema is not looked at."""
    prepare_data_folder(settings)
    return Database(
        settings.database_url,
        durability=settings.database.durability,
        pool_size=settings.database.pool_size,
    )


def bring_schema_up(database: Database) -> None:
    """SQLite is migrated here and now; another database must have been migrated by its administrator."""
    if database.is_sqlite:
        migrate.upgrade(database)
    else:
        migrate.require_present(database)


def git_rules(settings: Settings) -> dict[str, Any]:
    """What agents are told about repositories: the URL policy and the credentials for private hosts.

    Raises :class:`SettingsError` for a file that cannot be read.
    """
    credentials = [
        {
            "host": one.host,
            "kind": one.kind,
            "username": one.username,
            "secret": _secret(one),
            "known_hosts": _text(one.known_hosts_file, f"scm.credentials of {one.host}: known_hosts_file"),
            "submodules_of": one.submodules_of,
        }
        for one in settings.scm.credentials
    ]
    return {"policy": url_policy(settings).to_dict(), "credentials": credentials}


def _replica_id(path: Path) -> str:
    """This replica's name in subjects and rows; it stays the same over restarts."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        name = new_hex()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(name)
        return name


def _secret(credential: ScmCredential) -> str:
    text = _text(credential.secret_file, f"scm.credentials of {credential.host}: secret_file")
    # A password file ends with an editor's newline; a private key is only valid with its own.
    return text.rstrip("\r\n") if credential.kind == "basic" else text


def _text(file: str, key: str) -> str:
    """What a file that a setting names holds; empty when it names none."""
    try:
        return Path(file).read_text("utf-8") if file else ""
    except OSError as error:
        raise SettingsError(f"{key}: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{key}: {file} is not text") from None
