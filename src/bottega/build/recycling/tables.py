"""The table of what tenants set for themselves."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bottega.store.base import Base


class KeepTime(Base):
    """How many days a tenant's recycle bin keeps tasks; the default holds where there is no row."""

    __tablename__ = "build_keep_times"

    tenant_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    days: Mapped[int]
