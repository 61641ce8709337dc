"""From a repository to a finished build by way of the template that the server recommends."""

from huaweicloudsdkcodeartsbuild.v3 import (
    ListRecommendOfficialTemplateRequest,
    ListRecommendOfficialTemplateRequestBody,
    SaveTemplateUsedInfoRequest,
    SaveTemplateUsedInfoRequestBody,
)

from tests.support.repositories import Repository
from tests.support.server import Api, Server, sdk_client


def test_a_recommended_template_builds_the_repository(
    server: Server, api: Api, repository: Repository
) -> None:
    repository.commit("with a script", build__sh="echo built from $COMMIT_ID\n")
    sdk = sdk_client(server)
    asked = ListRecommendOfficialTemplateRequestBody(git_url=repository.url, branch="master")
    request = ListRecommendOfficialTemplateRequest(body=asked)
    [template] = sdk.list_recommend_official_template(request).result.items
    assert template.name == "Shell script"
    job_id = api.create_task(
        "",
        "from-template",
        steps=[step.to_dict() for step in template.template.steps],
        parameters=[parameter.to_dict() for parameter in template.parameters],
        scms=[{"url": repository.url, "scm_type": "codehub", "branch": "master"}],
    )
    used = SaveTemplateUsedInfoRequestBody(job_id=job_id, template_id=template.id)
    assert sdk.save_template_used_info(SaveTemplateUsedInfoRequest(body=used)).result == "success"
    record = api.wait(job_id, api.execute(job_id))
    log = api.log(record)
    assert record["status"] == "SUCCESS", log
    assert f"built from {repository.git('rev-parse', 'HEAD')}" in log
    assert sdk.list_recommend_official_template(request).result.items[0].weight == 1.0
