"""`make crash ROUNDS=n SEED=s`: the campaign from the command line.

    schedule    what happens in a round, from its seed
    city        the processes; hurried: the spooler with short times; printers: the simulated printers
    people      the counter, which submits, asks again, cancels and moves; the officer, who answers for doubtful cards
    round       lives with misfortunes, then quiet
    judge       what lies on the table, beside what the spooler says
    blanks      each site's stock book, beside the feeders and the table
    moves       where jobs were sent, beside where they stand and where their cards came from
    campaign    many rounds

What a process's death can show is shown here. A machine's loss of power is not: what the system had not yet written is
still there after a SIGKILL. What the program does about a failed fsync stands in tests/test_store_dead.py.
"""

import argparse
import resource
import signal
import sys
import time

from .campaign import campaign, report
from .city import strace_works
from .round import Outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="make crash")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="the number of the first round")
    parser.add_argument("--parallel", type=int, default=2, help="rounds at a time")
    parser.add_argument("--keep", action="store_true", help="keep the folders of good rounds, too")
    arguments = parser.parse_args()
    if reason := strace_works():
        print(f"rounds that need strace are skipped: {reason}")

    def tell(outcome: Outcome) -> None:
        plan = outcome.plan
        result = "WRONG" if outcome.violations else "good"
        lives = ", ".join(str(life.name) for life in plan.lives)
        print(
            f"{plan.number:5} {result:5} {outcome.seconds:5.1f} s  {outcome.counts['cards']:3} cards  {lives}",
            flush=True,
        )
        if outcome.violations:
            print(report(outcome), flush=True)

    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell in the background has them ignored
        signal.signal(number, signal.default_int_handler)
    begun = time.monotonic()
    tally = campaign(
        arguments.rounds, arguments.seed, first=arguments.first, parallel=arguments.parallel, keep=arguments.keep,
        tell=tell,
    )  # fmt: skip
    print(tally.table())
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{sum(use.ru_utime + use.ru_stime for use in used):.0f} s of processors")
    print(f"{time.monotonic() - begun:.0f} s; not reached: {', '.join(tally.missing()) or 'nothing'}")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
