"""Repositories that tasks name, their branches and their tags, v1."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, PathParameter, QueryParameter

from bottega.build.api.arguments import PageSize
from bottega.build.api.code_models import (
    ListTagListResponse,
    ListTagListResult,
    ShowGitCodeRepositoryBranchesResponse,
    ShowGitCodeRepositoryResponse,
    Tag,
    branch,
    repository,
)
from bottega.build.api.families import v1
from bottega.build.api.paging import MAX_INDEX, MAX_PAGE_SIZE, check_filter, check_index, check_size
from bottega.build.api.template_arguments import FIRST_PAGE, PageFromOne, page_from_one
from bottega.build.code.repositories import RepositoryFilter
from bottega.build.code.service import REPOSITORY, CodeService
from bottega.errors import Invalid
from bottega.http.operation import op
from bottega.iam.principal import Principal

DEFAULT_SIZE = 10
MAX_KEY = 2048
MAX_ENDPOINT = 64

EndpointId = Annotated[
    str,
    PathParameter(
        description="Id of a service endpoint, as build tasks name it",
        schema_extra={"max_length": MAX_ENDPOINT},
    ),
]
RepositoryKey = Annotated[
    str,
    QueryParameter(description="Id, name or URL of a repository", schema_extra={"max_length": MAX_KEY}),
]
Page = Annotated[
    int | None,
    QueryParameter(
        description="Page, from 1; without it, offset counts",
        schema_extra={"minimum": 1, "maximum": MAX_INDEX},
    ),
]
Offset = Annotated[
    int, QueryParameter(description="Page, from 0", schema_extra={"minimum": 0, "maximum": MAX_INDEX})
]
Size = Annotated[
    int | None,
    QueryParameter(
        description="Rows of a page; without it, limit counts",
        schema_extra={"minimum": 1, "maximum": MAX_PAGE_SIZE},
    ),
]


@get(
    "/v1/code/git-code/{endpoint_id:str}/repositories",
    **op("show_git_code_repository", "List the repositories that build tasks name with an endpoint"),
)
def show_git_code_repository(
    *,
    principal: NamedDependency[Principal],
    code: NamedDependency[CodeService],
    endpoint_id: EndpointId,
    page: Page = None,
    page_size: Size = None,
    search: FromQuery[str] = "",
    limit: PageSize = DEFAULT_SIZE,
    offset: Offset = 0,
    ids: FromQuery[str] = "",
) -> ShowGitCodeRepositoryResponse:
    index, size = _bounds(page, page_size, limit, offset)
    where = RepositoryFilter(
        endpoint_id=_endpoint(endpoint_id),
        text=check_filter(search, "search"),
        ids=_ids(ids),
    )
    found = code.repositories(principal, where, offset=index * size, limit=size)
    return ShowGitCodeRepositoryResponse(result=[repository(one) for one in found])


@get(
    "/v1/code/git-code/{endpoint_id:str}/branches",
    **op("show_git_code_repository_branches", "List the branches of a repository", threaded=False),
)
async def show_git_code_repository_branches(
    *,
    principal: NamedDependency[Principal],
    code: NamedDependency[CodeService],
    endpoint_id: EndpointId,
    page: Page = None,
    page_size: Size = None,
    search: FromQuery[str] = "",
    repo_id: RepositoryKey = "",
    repository_name: RepositoryKey = "",
    limit: PageSize = DEFAULT_SIZE,
    offset: Offset = 0,
) -> ShowGitCodeRepositoryBranchesResponse:
    index, size = _bounds(page, page_size, limit, offset)
    key = _key(repo_id, REPOSITORY) or _key(repository_name, "repository_name")
    text = check_filter(search, "search")
    found = await code.branches(principal, _endpoint(endpoint_id), key, text)
    rows = found[index * size : (index + 1) * size]
    return ShowGitCodeRepositoryBranchesResponse(result=[branch(one) for one in rows])


@get("/v1/code/tags", **op("list_tag_list", "List the tags of a repository", threaded=False))
async def list_tag_list(
    *,
    principal: NamedDependency[Principal],
    code: NamedDependency[CodeService],
    scm_type: FromQuery[str],  # noqa: ARG001 - every kind of source is git here
    repo_id: RepositoryKey = "",
    search: FromQuery[str] = "",
    page_no: PageFromOne = FIRST_PAGE,
    page_size: PageSize = DEFAULT_SIZE,
) -> ListTagListResponse:
    index, size = page_from_one(page_no, "page_no"), check_size(page_size, "page_size")
    key = _key(repo_id, REPOSITORY)
    if not key:
        raise Invalid(REPOSITORY, "is required: the id, name or URL of a repository")
    found = await code.tags(principal, key, check_filter(search, "search"))
    rows = [Tag(name=one.name, commit_id=one.commit_id) for one in found[index * size : (index + 1) * size]]
    return ListTagListResponse(result=ListTagListResult(total=len(found), tag_list=rows, tags=rows))


def _bounds(page: int | None, page_size: int | None, limit: int, offset: int) -> tuple[int, int]:
    """The page's index and size: the documentation has two ways to say either."""
    last, rows = check_index(offset, "offset"), check_size(limit, "limit")
    index = last if page is None else page_from_one(page)
    return index, rows if page_size is None else check_size(page_size, "page_size")


def _ids(value: str) -> set[str]:
    ids = {one.strip() for one in check_filter(value, "ids").split(",")} - {""}
    if len(ids) > MAX_PAGE_SIZE:
        raise Invalid("ids", f"names more than {MAX_PAGE_SIZE} repositories")
    return ids


def _endpoint(value: str) -> str:
    if len(value) > MAX_ENDPOINT:
        raise Invalid("endpoint_id", f"is longer than {MAX_ENDPOINT} characters")
    return check_filter(value, "endpoint_id")


def _key(value: str, field: str) -> str:
    if len(value) > MAX_KEY:
        raise Invalid(field, f"is longer than {MAX_KEY} characters")
    return check_filter(value, field)


ROUTER = v1([show_git_code_repository, show_git_code_repository_branches, list_tag_list])
