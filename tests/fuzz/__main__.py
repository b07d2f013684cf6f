"""`python -m fuzz TARGET`: one target until its runs or its seconds are over. See the package."""

import argparse
import sys
from pathlib import Path

import atheris

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("target")
    parser.add_argument("--runs", type=int, default=-1, help="inputs; -1: without end")
    parser.add_argument("--seconds", type=int, default=0, help="0: without end")
    parser.add_argument("--corpus", type=Path, help="a folder for what was found worth keeping, beside the seeds")
    arguments = parser.parse_args()
    # guided by coverage where there is Python to cover; trio and others need not be
    with atheris.instrument_imports(include=["spooler"]):
        from fuzz.targets import TARGETS
    if arguments.target not in TARGETS:
        parser.error(f"there is no target {arguments.target!r}; there are: {', '.join(TARGETS)}")
    found = HERE / "found"
    found.mkdir(exist_ok=True)
    corpus = arguments.corpus or found / f"corpus-{arguments.target}"
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-runs={arguments.runs}", f"-max_total_time={arguments.seconds}", "-max_len=4096", "-timeout=20",
        "-rss_limit_mb=1024", f"-artifact_prefix={found}/{arguments.target}-", "-print_final_stats=1", "-verbosity=0",
        str(corpus), str(HERE / "seeds" / arguments.target),
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options], TARGETS[arguments.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
