"""Texts of rules are shown, and do nothing else."""

import re

import pytest

from bottega.check.api.rule_texts import from_code, from_markdown


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[a](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.com/pixel.png)",
        "[a](data:text/html,<script>alert(1)</script>)",
        "`</pre><script>`",
    ],
)
def test_no_script_gets_through_the_texts_of_rules(text: str) -> None:
    for html in (from_markdown(text), from_code(text)):
        assert "<script" not in html
        assert "<img" not in html
        assert not re.search(r'href="(?!https://)', html)
