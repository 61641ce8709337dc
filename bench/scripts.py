"""Scripts that print a big log: 200,000 lines of 100 bytes, newline included."""

LINES = 200_000
LINE_BYTES = 100
_FILLER = "x" * (LINE_BYTES - 8)

SHELL_LOOP = f"""i=0
while [ "$i" -lt {LINES} ]; do
  i=$((i + 1))
  printf '%06d %s\\n' "$i" {_FILLER}
done
"""
"""As people print in scripts: one builtin and one write a line."""

SEQ = f"""seq -f '%06.0f {_FILLER}' {LINES}
"""
"""As a compiler prints: as fast as the pipe takes it."""

GENERATORS = {"shell loop": SHELL_LOOP, "seq": SEQ}
