"""The permission flags the operations show beside a task, for the caller."""

from bottega.iam.principal import Principal, Right


def allowed(principal: Principal, right: Right) -> bool:
    """Whether the caller has ``right``; administrators have all."""
    return right in principal.rights or Right.ADMINISTER in principal.rights
