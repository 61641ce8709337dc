import pytest

from bottega.build.templates import catalogue
from bottega.build.templates.ranking import rank


def fitting(*paths: str) -> list[str]:
    return [template.tool_type for template in rank(catalogue.official(), paths)]


@pytest.mark.parametrize(
    ("paths", "best"),
    [
        (["pom.xml", "src/main/java/A.java"], "maven"),
        (["build.gradle.kts", "gradlew"], "gradle"),
        (["build.xml"], "ant"),
        (["package.json"], "npm"),
        (["package.json", "yarn.lock"], "yarn"),
        (["package.json", "pnpm-lock.yaml"], "pnpm"),
        (["package.json", "package-lock.json"], "npm"),
        (["pyproject.toml", "src/a/__init__.py"], "python"),
        (["pyproject.toml", "poetry.lock"], "poetry"),
        (["pyproject.toml", "uv.lock"], "uv"),
        (["go.mod", "main.go"], "go"),
        (["CMakeLists.txt", "main.c"], "cmake"),
        (["Cargo.toml"], "cargo"),
        (["App/App.csproj"], "dotnet"),
        (["App.sln", "App/App.csproj"], "dotnet"),
        (["composer.json"], "composer"),
        (["Gemfile"], "bundler"),
        (["Makefile"], "make"),
        (["go.mod", "Makefile"], "go"),
        (["configure.ac", "Makefile.am"], "autotools"),
        (["services/api/go.mod", "services/web/package.json"], "go"),
        (["pom.xml", "frontend/package.json", "frontend/yarn.lock"], "maven"),
    ],
)
def test_the_best_template_for_a_repository(paths: list[str], best: str) -> None:
    assert fitting(*paths)[0] == best


def test_all_that_fit_are_named_best_first() -> None:
    assert fitting("frontend/package.json", "go.mod", "Makefile", "frontend/yarn.lock") == [
        "go",
        "yarn",
        "npm",
        "make",
    ]


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["README.md", "docs/index.html", "pom.xml.bak", "notpom.xml"],
        ["a/b/c/d/pom.xml"],
        ["node_modules/left-pad/package.json", "vendor/x/go.mod", "tests/fixtures/pom.xml"],
        [".github/actions/thing/package.json"],
        ["pom.xml/file"],
        [".csproj.d/x"],
    ],
)
def test_nothing_fits_what_is_not_known_or_not_ones_own(paths: list[str]) -> None:
    assert fitting(*paths) == []
