"""``python -m bench``: measure, print, and leave the verdict to the reader. A missed figure is no failure."""

from pathlib import Path

from cyclopts import App

from bench.running import FIGURES, run

app = App(name="bench", help="Measure a complete server on this machine.")


@app.default
def bench(
    *,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    quick: bool = False,
    json: Path | None = None,
) -> None:
    """Start servers of our own in temporary folders and measure them.

    Parameters
    ----------
    only
        Measure this figure only; may be given several times.
    skip
        Do not measure this figure; may be given several times.
    quick
        Fewer rounds: shows that everything works, not how fast it is.
    json
        Also write every sample to this file.
    """
    for option, names in (("--only", only), ("--skip", skip)):
        unknown = sorted(set(names or []) - set(FIGURES))
        if unknown:
            raise SystemExit(f"{option} {unknown[0]}: no such figure; there are {', '.join(FIGURES)}")
    wanted = [name for name in only or FIGURES if name not in (skip or [])]
    run(wanted, quick=quick, json_file=json)


app()
