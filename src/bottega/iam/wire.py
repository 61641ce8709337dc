"""Bodies of the IAM (Keystone v3) operations, named after what they are on the wire."""

from datetime import UTC, datetime

import msgspec

from bottega.errors import Invalid
from bottega.iam.scopes import UNSCOPED, Scope
from bottega.iam.tables import IamProject
from bottega.iam.tokens import Named, TokenInfo, UserReference

MAX_REFERENCE = 255
SERVICE_TYPES = ("iam", "identity", "codeartsbuild", "codeartscheck", "projectman")


class DomainReference(msgspec.Struct, kw_only=True):
    id: str = ""
    name: str = ""


class ProjectReference(msgspec.Struct, kw_only=True):
    id: str = ""
    name: str = ""
    domain: DomainReference | None = None


class PasswordUser(msgspec.Struct, kw_only=True):
    password: str
    id: str = ""
    name: str = ""
    domain: DomainReference | None = None


class PasswordIdentity(msgspec.Struct, kw_only=True):
    user: PasswordUser


class TokenIdentity(msgspec.Struct, kw_only=True):
    id: str


class Identity(msgspec.Struct, kw_only=True):
    methods: list[str]
    password: PasswordIdentity | None = None
    token: TokenIdentity | None = None


class ScopeBody(msgspec.Struct, kw_only=True):
    project: ProjectReference | None = None
    domain: DomainReference | None = None
    unscoped: dict[str, str] | None = None


class Auth(msgspec.Struct, kw_only=True):
    identity: Identity
    scope: ScopeBody | str | None = None


class AuthBody(msgspec.Struct, kw_only=True):
    """What ``POST /v3/auth/tokens`` takes."""

    auth: Auth


class NamedRef(msgspec.Struct, kw_only=True):
    id: str
    name: str


class ProjectRef(msgspec.Struct, kw_only=True):
    id: str
    name: str
    domain: NamedRef


class UserRef(msgspec.Struct, kw_only=True):
    id: str
    name: str
    domain: NamedRef
    password_expires_at: str = ""


class Endpoint(msgspec.Struct, kw_only=True):
    id: str
    interface: str
    region: str
    region_id: str
    url: str


class CatalogEntry(msgspec.Struct, kw_only=True):
    id: str
    name: str
    type: str
    endpoints: list[Endpoint]


class TokenBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    methods: list[str]
    expires_at: str
    issued_at: str
    user: UserRef
    roles: list[NamedRef]
    domain: NamedRef | None = None
    project: ProjectRef | None = None
    catalog: list[CatalogEntry] | None = None


class TokenResponse(msgspec.Struct, kw_only=True):
    token: TokenBody


class SelfLink(msgspec.Struct, kw_only=True):
    self: str
    previous: str | None = None
    next: str | None = None


class ProjectBody(msgspec.Struct, kw_only=True):
    id: str
    name: str
    domain_id: str
    parent_id: str
    description: str = ""
    enabled: bool = True
    is_domain: bool = False
    links: SelfLink


class ProjectsResponse(msgspec.Struct, kw_only=True):
    projects: list[ProjectBody]
    links: SelfLink


class DomainBody(msgspec.Struct, kw_only=True):
    id: str
    name: str
    description: str = ""
    enabled: bool = True
    links: SelfLink


class DomainsResponse(msgspec.Struct, kw_only=True):
    domains: list[DomainBody]
    links: SelfLink


class KeystoneError(msgspec.Struct, kw_only=True):
    code: int
    message: str
    title: str


class IamErrorBody(msgspec.Struct, kw_only=True):
    """A refusal as Keystone clients read it (``error``) and as the cloud's SDKs do (the other two keys)."""

    error: KeystoneError
    error_code: str
    error_msg: str


def user_of(user: PasswordUser) -> UserReference:
    """Whom a password body names. Raises :class:`Invalid` when that is nobody in particular."""
    domain = user.domain or DomainReference()
    if not user.id and not user.name:
        raise Invalid("auth.identity.password.user", "expected a name or an id")
    if not user.id and not domain.id and not domain.name:
        raise Invalid(
            "auth.identity.password.user.domain", "expected the account's name or id beside a user name"
        )
    _check_texts("auth.identity.password.user", user.id, user.name, domain.id, domain.name)
    return UserReference(id=user.id, name=user.name, domain_id=domain.id, domain_name=domain.name)


def scope_of(scope: ScopeBody | str | None) -> Scope:
    """Which scope is asked for; none at all is unscoped. Raises :class:`Invalid`."""
    if scope is None or scope == "unscoped":
        return UNSCOPED
    if isinstance(scope, str):
        raise Invalid("auth.scope", "expected a project, a domain or unscoped")
    if scope.project is not None:
        domain = scope.project.domain or DomainReference()
        if not scope.project.id and not scope.project.name:
            raise Invalid("auth.scope.project", "expected a name or an id")
        _check_texts("auth.scope.project", scope.project.id, scope.project.name, domain.id, domain.name)
        return Scope(
            kind="project",
            id=scope.project.id,
            name=scope.project.name,
            domain_id=domain.id,
            domain_name=domain.name,
        )
    if scope.domain is not None:
        if not scope.domain.id and not scope.domain.name:
            raise Invalid("auth.scope.domain", "expected a name or an id")
        _check_texts("auth.scope.domain", scope.domain.id, scope.domain.name)
        return Scope(kind="domain", id=scope.domain.id, name=scope.domain.name)
    if scope.unscoped is not None:
        return UNSCOPED
    raise Invalid("auth.scope", "expected a project, a domain or unscoped")


def _check_texts(field: str, *texts: str) -> None:
    for text in texts:
        # PostgreSQL cannot compare a text with NUL, and refusals repeat what was asked for.
        if "\0" in text or len(text) > MAX_REFERENCE:
            raise Invalid(field, f"expected texts of at most {MAX_REFERENCE} characters, without NUL")


def token_response(info: TokenInfo, base_url: str, region: str, *, catalog: bool) -> TokenResponse:
    """The body that describes a token; ``base_url`` is where all services of the catalog are."""
    tenant = _ref(info.tenant)
    return TokenResponse(
        token=TokenBody(
            methods=info.methods,
            expires_at=iso_time(info.expires_at),
            issued_at=iso_time(info.issued_at),
            user=UserRef(id=info.user.id, name=info.user.name, domain=tenant),
            roles=[_ref(role) for role in info.roles],
            domain=None if info.scope == "unscoped" else tenant,
            project=ProjectRef(id=info.project.id, name=info.project.name, domain=tenant)
            if info.project
            else None,
            catalog=_catalog(base_url, region) if catalog and info.scope != "unscoped" else None,
        )
    )


def project_body(project: IamProject, base_url: str) -> ProjectBody:
    """An IAM project as the lists show it."""
    return ProjectBody(
        id=project.id,
        name=project.name,
        domain_id=project.tenant_id,
        parent_id=project.tenant_id,
        links=SelfLink(self=f"{base_url}/v3/projects/{project.id}"),
    )


def iso_time(epoch_ms: int) -> str:
    """``2025-01-01T00:00:00.000000Z``, as Keystone writes times."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _ref(named: Named) -> NamedRef:
    return NamedRef(id=named.id, name=named.name)


def _catalog(base_url: str, region: str) -> list[CatalogEntry]:
    return [
        CatalogEntry(
            id=kind,
            name=kind,
            type=kind,
            endpoints=[
                Endpoint(
                    id=f"{kind}-{region}",
                    interface="public",
                    region=region,
                    region_id=region,
                    url=f"{base_url}/v3" if kind in {"iam", "identity"} else base_url,
                )
            ],
        )
        for kind in SERVICE_TYPES
    ]
