"""What each build tool keeps of its downloads, and the files that say which downloads it needs."""

from __future__ import annotations

from bottega.values import Value


class CacheFolders(Value):
    """``folders`` are below the home of the build, ``locks`` are names of files, with ``*`` and ``?``."""

    __slots__ = ("folders", "locks")
    folders: tuple[str, ...]
    locks: tuple[str, ...]

    def __init__(self, folders: tuple[str, ...], locks: tuple[str, ...]) -> None:
        self._fill(folders=folders, locks=locks)


_NPM = CacheFolders((".npm",), ("package-lock.json", "npm-shrinkwrap.json"))
_GRADLE = CacheFolders(
    (".gradle/caches", ".gradle/wrapper"),
    ("*.gradle", "*.gradle.kts", "gradle.lockfile", "gradle-wrapper.properties", "libs.versions.toml"),
)
_PYTHON = CacheFolders(
    (".cache/pip", ".cache/uv", ".cache/pypoetry"),
    (
        "requirements*.txt",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "poetry.lock",
        "uv.lock",
        "Pipfile.lock",
    ),
)

CACHE_FOLDERS = {
    "maven": CacheFolders((".m2/repository", ".m2/wrapper"), ("pom.xml", "maven-wrapper.properties")),
    "npm": _NPM,
    "gulp": _NPM,
    "grunt": _NPM,
    "quick_app": _NPM,
    "yarn": CacheFolders((".cache/yarn", ".yarn/berry/cache"), ("yarn.lock",)),
    "gradle": _GRADLE,
    "android": _GRADLE,
    "grails": _GRADLE,
    "ionic_android_app": CacheFolders((*_NPM.folders, *_GRADLE.folders), (*_NPM.locks, *_GRADLE.locks)),
    "harmonyos": CacheFolders((".ohpm", ".npm"), ("oh-package-lock.json5", "oh-package.json5")),
    "ant": CacheFolders((".ivy2/cache",), ("ivy.xml",)),
    "sbt": CacheFolders(
        (".cache/coursier", ".ivy2/cache", ".sbt/boot"), ("build.sbt", "build.properties", "plugins.sbt")
    ),
    "go": CacheFolders(("go/pkg/mod",), ("go.sum",)),
    "php": CacheFolders((".cache/composer",), ("composer.lock",)),
    "python": _PYTHON,
    "setuptools": _PYTHON,
    "pyinstaller": _PYTHON,
    "mono": CacheFolders((".nuget/packages",), ("packages.lock.json", "packages.config", "*.csproj")),
    "flutter": CacheFolders((".pub-cache",), ("pubspec.lock",)),
}
"""By the name of the step. What the other tools download lies in no folder that is known."""
