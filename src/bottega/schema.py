"""All tables in one place: importing this module fills ``Base.metadata``."""

from bottega.build import tables as build_tables
from bottega.iam import tables as iam_tables
from bottega.projects import tables as project_tables
from bottega.runs import tables as run_tables
from bottega.store.base import Base

DOMAINS = (iam_tables, project_tables, build_tables, run_tables)

metadata = Base.metadata
