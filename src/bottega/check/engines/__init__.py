"""The engines: one analyser in each file, all of them in ``ENGINES``."""

from bottega.check.engines.astgrep import AstGrep
from bottega.check.engines.bandit import Bandit
from bottega.check.engines.base import Engine
from bottega.check.engines.clang_tidy import ClangTidy
from bottega.check.engines.cppcheck import Cppcheck
from bottega.check.engines.eslint import Eslint
from bottega.check.engines.govet import GoVet
from bottega.check.engines.hadolint import Hadolint
from bottega.check.engines.htmlhint import HtmlHint
from bottega.check.engines.oxlint import Oxlint
from bottega.check.engines.pmd import Pmd
from bottega.check.engines.pylint import Pylint
from bottega.check.engines.ruff import Ruff
from bottega.check.engines.secrets import Secrets
from bottega.check.engines.shellcheck import Shellcheck
from bottega.check.engines.sqlfluff import Sqlfluff
from bottega.check.engines.stylelint import Stylelint
from bottega.check.engines.yamllint import Yamllint
from bottega.check.engines.zizmor import Zizmor

ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Ruff(),
        Oxlint(),
        Cppcheck(),
        Pmd(),
        GoVet(),
        Shellcheck(),
        Hadolint(),
        Stylelint(),
        HtmlHint(),
        Sqlfluff(),
        Yamllint(),
        Zizmor(),
        Secrets(),
        AstGrep(),
        Bandit(),
        Pylint(),
        ClangTidy(),
        Eslint(),
    )
}
"""Every engine by its name."""

__all__ = ["ENGINES", "Engine"]
