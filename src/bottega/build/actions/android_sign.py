"""The step "Android APK signing" (``android_sign``)."""

from __future__ import annotations

import re

from bottega.build.actions import inputs
from bottega.build.actions.base import Action, fail
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError
from bottega.build.actions.shell import NOT_OFFERED
from bottega.build.actions.workspace_files import Patterns, WalkTooLong, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

MAX_FILES = 100
_NO_SIGNER = 96
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9_]+)\}", re.ASCII)
_STORE_PASSWORD, _KEY_PASSWORD = "BOTTEGA_STORE_PASSWORD", "BOTTEGA_KEY_PASSWORD"

# The keystore comes on standard input and is gone when the script ends; passwords are in its environment alone.
_SIGN = f"""set -eu
if command -v apksigner >/dev/null; then signer=apksigner
elif command -v jarsigner >/dev/null; then signer=jarsigner
else exit {_NO_SIGNER}
fi
old=$(umask)
umask 077
keystore=$(mktemp)
trap 'rm -f -- "$keystore"' EXIT
cat >"$keystore"
umask "$old"
for apk; do
    if [ "$signer" = apksigner ]; then
        if command -v zipalign >/dev/null; then
            zipalign -f -p 4 "$apk" "$apk.aligned"
            mv -f -- "$apk.aligned" "$apk"
        fi
        apksigner sign --ks "$keystore" --ks-key-alias "$SIGN_ALIAS" --ks-pass env:{_STORE_PASSWORD} \\
            --key-pass env:{_KEY_PASSWORD} "$apk"
        apksigner verify "$apk"
    else
        jarsigner -keystore "$keystore" -storepass:env {_STORE_PASSWORD} -keypass:env {_KEY_PASSWORD} \\
            "$apk" "$SIGN_ALIAS"
        jarsigner -verify "$apk"
    fi
done
echo "signed with $signer"
"""


class AndroidSignInputs:
    """Which files are signed with which key. A password is ``${NAME}`` of a parameter, or the password itself."""

    __slots__ = ("alias", "key_password", "keystore", "pattern", "patterns", "store_password")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError."""
        self.pattern = inputs.text(raw, "file_path")
        try:
            self.patterns = Patterns(self.pattern)
        except ValueError as error:
            raise InputError("file_path", str(error)) from None
        self.keystore = inputs.text(raw, "keystore_file")
        if "/" in self.keystore or self.keystore in {".", ".."}:
            raise InputError("keystore_file", "must be the name of a file, without folders")
        self.alias = inputs.text(raw, "alias")
        if self.alias.startswith("-") or not self.alias.isprintable():
            raise InputError("alias", "must not begin with - or contain control characters")
        self.store_password = inputs.text(raw, "keystore_password")
        self.key_password = inputs.text(raw, "key_password", self.store_password)


class AndroidSign(Action):
    """Signs files of the workspace in place, with apksigner or else jarsigner of the agent's host."""

    name = "android_sign"
    title = "Android APK signing"
    fields = (
        Field("file_path", "text", "packages of the workspace, with *, ? and **", required=True),
        Field("keystore_file", "text", "name of the keystore in the file manager", required=True),
        Field("alias", "text", "name of the key in it", required=True),
        Field("keystore_password", "text", "${NAME} of a private parameter", required=True),
        Field("key_password", "text", "the same for the key; that of the keystore unless given"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        AndroidSignInputs(raw)

    def secret_files(self, raw: Mapping[str, Any]) -> list[str]:
        return [AndroidSignInputs(raw).keystore]

    def run(self, ctx: StepContext) -> int:
        wanted = AndroidSignInputs(ctx.inputs)
        keystore, refusal = ctx.secret_file(wanted.keystore)
        if refusal:
            raise InputError("keystore_file", f"{wanted.keystore!r}: {refusal}")
        env = {
            **ctx.env,
            "SIGN_ALIAS": wanted.alias,
            _STORE_PASSWORD: _password(ctx, "keystore_password", wanted.store_password),
            _KEY_PASSWORD: _password(ctx, "key_password", wanted.key_password),
        }
        try:
            # "./" before each, so that none is taken for an option.
            files = [f"./{file.path}" for file in find(ctx.workspace, wanted.patterns, ctx.refuse_if_halted)]
        except WalkTooLong as error:
            return fail(ctx, f"nothing is signed: {error}")
        if not files:
            return fail(ctx, f"no file matches {wanted.pattern!r}: nothing is signed")
        if len(files) > MAX_FILES:
            return fail(ctx, f"more than {MAX_FILES} files match {wanted.pattern!r}")
        code = ctx.run(
            ["/bin/sh", "-c", _SIGN, "android_sign", *files], env=env, network=False, stdin=keystore
        )
        if code == _NO_SIGNER:
            reason = f"this agent has no apksigner or jarsigner: looked in {ctx.env.get('PATH', '')}"
            return fail(ctx, reason, NOT_OFFERED)
        return code


def _password(ctx: StepContext, field: str, text: str) -> str:
    reference = _REFERENCE.fullmatch(text)
    if reference is None:
        ctx.log("WARN", f"{field} is written in the step, for all to see: put it into a private parameter")
        return text
    value = ctx.env.get(reference[1])
    if not value:
        raise InputError(
            field, f"names the parameter {reference[1]}, which the task does not have or is empty"
        )
    return value
