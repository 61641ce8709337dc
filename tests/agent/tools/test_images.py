"""What images ask for."""

import pytest

from bottega.agent.tools.images import container_image, parse
from bottega.agent.tools.tool import Tool
from bottega.agent.tools.versions import fits, nearest


@pytest.mark.parametrize(
    ("image", "tools", "unknown"),
    [
        ("maven3.9.5-jdk17", [("maven", "3.9.5"), ("jdk", "17")], []),
        ("maven3.5.3-jdk8-open", [("maven", "3.5.3"), ("jdk", "8")], []),
        ("cloudbuild@nodejs18", [("node", "18")], []),
        ("shell4.2.46-git1.8.3-zip6.00", [], []),
        ("docker20.10", [], []),
        ("GRADLE7.4-openjdk-11", [("gradle", "7.4"), ("jdk", "11")], []),
        ("python3.9", [("python", "3.9")], []),
        ("golang1.21.5", [("go", "1.21.5")], []),
        ("android30-jdk11", [("jdk", "11")], ["android30"]),
        ("my image!", [], ["my image!"]),
        ("jdk17-jdk8", [("jdk", "17")], []),
        ("", [], []),
        ("-" * 500, [], []),
        ("jdk" + "9" * 500, [("jdk", "9" * 24)], []),
    ],
)
def test_an_image_names_tools(image: str, tools: list[tuple[str, str]], unknown: list[str]) -> None:
    found = parse(image)
    assert (list(found.tools), list(found.unknown), found.address) == (tools, unknown, "")


@pytest.mark.parametrize(
    ("image", "tools"),
    [
        ("swr.cn-north-4.myhuaweicloud.com/codeci/shell:shell4.2.46-git2.23-zip-1.1.0", []),
        ("swr.example.com/codeci/maven:maven3.9.5-jdk17", [("maven", "3.9.5"), ("jdk", "17")]),
        ("registry.example.com:5000/library/node:18", [("node", "18")]),
        ("example.com/a/python@sha256:aa", [("python", "")]),
        ("example.com/a/gradle:latest", [("gradle", "")]),
    ],
)
def test_an_address_of_a_registry_names_its_tools_by_its_tag(
    image: str, tools: list[tuple[str, str]]
) -> None:
    found = parse(image)
    assert (found.address, list(found.tools), list(found.unknown)) == (image, tools, [])


@pytest.mark.parametrize(
    ("image", "container"),
    [
        ("registry.example.com:5000/a/b:1", True),
        ("swr.cn-north-4.myhuaweicloud.com/shop/app:1.0", True),
        ("library/alpine", True),
        ("alpine:3.20", True),
        (" python:3.12-slim ", True),
        ("alpine@sha256:" + "0" * 64, True),
        # CodeArts' own images are tool environments, by their name and by their address.
        ("swr.cn-north-4.myhuaweicloud.com/codeci/shell:shell4.2.46-git2.23-zip-1.1.0", False),
        ("swr.cn-north-4.myhuaweicloud.com/codeci/maven:maven3.9.5-jdk17", False),
        ("swr.cn-north-4.myhuaweicloud.com/codeci/something:1.0", True),
        ("registry.example.com/codeci/maven:maven3.9.5-jdk17", True),
        ("cloudbuild@nodejs18", False),
        ("cloudbuild@a/b:1", False),
        ("maven3.9.5-jdk17", False),
        ("alpine", False),
        ("--root=/:a", False),
        ("a b:c", False),
        ("a" * 299 + ":b", False),
        ("", False),
    ],
)
def test_an_address_or_a_name_with_a_tag_is_a_container_image(image: str, container: bool) -> None:
    assert container_image(image) == (image.strip() if container else "")


@pytest.mark.parametrize(
    ("name", "wanted", "found", "fitting"),
    [
        ("jdk", "17", "17.0.15", True),
        ("jdk", "8", "1.8.0_392", True),
        ("jdk", "1.8", "8.0.392", True),
        ("jdk", "21", "17.0.15", False),
        ("maven", "3.9.5", "3.8.7", True),
        ("maven", "3", "4.0.0", False),
        ("node", "18", "20.1.0", False),
        ("python", "3.9", "3.11.2", False),
        ("python", "3", "3.11.2", True),
        ("go", "1.21.5", "1.21.9", True),
        ("go", "1.21", "1.22", False),
        ("gradle", "", "8.1", True),
    ],
)
def test_a_version_fits_by_the_numbers_that_matter(name: str, wanted: str, found: str, fitting: bool) -> None:
    assert fits(name, wanted, found) is fitting


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("17", "17.0.15"),
        ("11", "17.0.15"),
        ("18", "21.0.1"),
        ("25", "21.0.1"),
        ("", "17.0.15"),
        ("8", "1.8.0"),
    ],
)
def test_the_nearest_newer_version_stands_in_then_the_nearest_older_one(wanted: str, chosen: str) -> None:
    tools = [Tool("jdk", version, f"/{version}") for version in ("17.0.15", "21.0.1", "1.8.0")]
    found = nearest("jdk", wanted, [Tool("node", "17", "/n"), *tools])
    assert found is not None
    assert found.version == chosen


def test_a_tool_that_is_not_there_is_not_found() -> None:
    assert nearest("jdk", "17", [Tool("node", "17", "/n")]) is None
