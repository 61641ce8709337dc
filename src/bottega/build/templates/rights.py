"""What a caller may do with the templates of their tenant.

A template belongs to no project, so no project's matrix speaks of it. The rights of the caller's groups decide, and
whoever was named a member of a project may do with templates what they may do with the tasks there.
"""

from sqlalchemy.orm import Session

from bottega.build import access
from bottega.build.access import Action
from bottega.build.templates.tables import Template
from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right
from bottega.projects.parts import named_roles


def require_view(session: Session, principal: Principal) -> None:
    """Raise :class:`Forbidden` unless the caller may see the tenant's templates."""
    _require(session, principal, Right.VIEW, Action.VIEW, "see the templates of this tenant")


def require_create(session: Session, principal: Principal) -> None:
    """Raise :class:`Forbidden` unless the caller may make templates, and tasks somewhere."""
    _require(session, principal, Right.CREATE, Action.CREATE, "make templates or build tasks")


def require_delete(principal: Principal, template: Template) -> None:
    """Raise :class:`Forbidden` unless the caller made the template or may delete everything of its kind."""
    if template.creator_id != principal.user_id:
        principal.require(Right.DELETE)


def _require(session: Session, principal: Principal, right: Right, action: Action, what: str) -> None:
    if right in principal.rights or Right.ADMINISTER in principal.rights:
        return
    if any(action in access.on_project(session, principal, one) for one in named_roles(session, principal)):
        return
    raise Forbidden(f"user {principal.user_name} may not {what}")
