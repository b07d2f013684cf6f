"""What the benchmarks read out of other tools' words, and what they print."""

import json
import sys
import tarfile
from collections import Counter
from io import BytesIO, StringIO
from pathlib import Path

import compare
import ours
import pytest
from machine import cpu_model, facts, tune_malloc
from profile_card import kind, leaf, plain, read_perf, shares
from report import our_steps, show, write
from rich.console import Console
from spy import read_stacks

RESULT = {
    "facts": {"cpu": "Z80"},
    "rounds": 2,
    "differences": ["They differ in this."],
    "missing": {"pycairo mix": "not here"},
    "contestants": [
        {
            "name": name,
            "seconds": [seconds, seconds],
            "median": seconds,
            "low": seconds,
            "high": seconds,
            "slower": {"median": seconds / 0.001, "low": 1, "high": 1},
        }
        for name, seconds in (("ktp-spooler", 0.001), ("Pillow", 0.005))
    ],
    "stages": dict(zip(ours.STAGES, (0.0004, 0.0001, 0.0002, 0.0001, 0.0002), strict=True)),
    "steps": {"Pillow": {"photo": 0.001, "text": 0.002, "signature": 0.0005, "panels": 0.0015}},
}


# ---- machine ----


def test_the_processor_is_named_once() -> None:
    assert cpu_model("processor\t: 0\nmodel name\t: A  fast   one\nmodel name\t: B\n") == "A fast one"
    assert cpu_model("Hardware: BCM2711") == ""


def test_the_facts_name_machine_and_libraries() -> None:
    found = facts()
    assert {"cpu", "cores", "kernel", "python", "instruction set", "date", "pillow", "numpy", "simplejpeg"} <= set(
        found
    )
    assert all(found.values())


@pytest.mark.skipif(sys.platform != "linux", reason="mallopt is glibc's")
def test_malloc_is_tuned_or_the_words_say_that_it_is_not() -> None:
    assert tune_malloc().startswith(("mmap threshold", "default"))


# ---- the race's report ----


def test_our_stages_add_up_to_the_rivals_steps() -> None:
    assert our_steps(RESULT["stages"]) == pytest.approx(
        {"photo": 0.0005, "text": 0.0002, "signature": 0.0001, "panels": 0.0002}
    )


def test_the_tables_fit_100_columns_and_say_what_differs() -> None:
    screen = StringIO()
    show(RESULT, Console(width=100, file=screen))
    text = screen.getvalue()
    assert max(map(len, text.splitlines())) <= 100
    for words in ("Pillow", "5.00", "They differ in this.", "pycairo mix did not run: not here"):
        assert words in text


def test_the_file_holds_every_round(tmp_path: Path) -> None:
    write(RESULT, tmp_path / "results" / "raster.json")
    assert json.loads((tmp_path / "results" / "raster.json").read_text("utf-8")) == RESULT


def test_the_plot_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: make bench-setup")
    from plot import plot

    figure = plot(RESULT)
    figure.savefig(tmp_path / "plot.svg")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["ktp-spooler", "Pillow"]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    assert widths == pytest.approx([1000, 200])


def test_a_level_reaches_every_extension() -> None:
    from spooler.ext import raster

    try:
        for level in ours.levels():
            ours.use_level(level)
    finally:
        ours.use_level(ours.levels()[-1])
    assert raster.use_cpu() == ours.levels()[-1]


# ---- profile ----


def test_perfs_table_is_read_with_and_without_its_last_column() -> None:
    report = (
        "# Overhead|Samples|Shared Object|Symbol|IPC\n"
        " 7.73%  | 91         |libpython3.11.so.1.0 |[.] _PyEval_EvalFrameDefault |-      -\n"
        " 6.88%  | 81         |raster.cpython-311-x86_64-linux-gnu.so |[.] photo_v4\n"
        " 2.00%  | 5 |_jpeg.so |[.] 0x00000000000aecd9\n"
        " 1.00%  | 4 |_jpeg.so |[.] 0x00000000000d41bb\n"
        "\n"
    )
    assert read_perf(report) == Counter(
        {
            ("libpython3.11.so.1.0", "_PyEval_EvalFrameDefault"): 91,
            ("raster.cpython-311-x86_64-linux-gnu.so", "photo_v4"): 81,
            ("_jpeg.so", "(no symbols)"): 9,
        }
    )


def test_py_spys_stacks_are_read() -> None:
    raw = "<module> (loop.py:7);compose (spooler/render/compose.py:19);0x7f5a (libc.so.6) 12\nmain (a b.py:1) 3\n"
    stacks = read_stacks(raw)
    assert [samples for _, samples in stacks] == [12, 3]
    assert [leaf(stack[-1]) for stack, _ in stacks] == [("libc.so.6", "(no symbols)"), ("a b.py", "main")]
    assert leaf("compose (spooler/render/compose.py:19)") == ("compose.py", "compose")


def test_a_cython_functions_name_is_that_of_the_source() -> None:
    assert plain("__pyx_pw_7spooler_3ext_6raster_13photo") == "photo"
    assert plain("__pyx_f_7spooler_3ext_6raster_6Glyphs_find") == "find"
    assert plain("photo_v4") == "photo_v4"


def test_whose_code_it_is() -> None:
    library = "raster.cpython-311-x86_64-linux-gnu.so"
    assert kind(library.replace("cpython-311", f"cpython-3{sys.version_info[1]}"), "photo_v4") == "our C"
    assert kind("raster_kernels.c", "add_rows") == "our C"
    assert kind("typeset.py", "set") == "Python"
    assert kind("libm.so.6", "sin") == ""
    counts = Counter({("raster_kernels.c", "a"): 3, ("libm.so.6", "sin"): 1})
    assert shares(counts) == "our C 75 %, other 25 %"


# ---- compare ----

checkout = pytest.mark.skipif(not (compare.ROOT / ".git").exists(), reason="this tree is no checkout of git's")


@checkout
def test_this_trees_tar_holds_what_is_here_and_nothing_built() -> None:
    with tarfile.open(fileobj=BytesIO(compare.this_tree())) as archive:
        names = archive.getnames()
    assert {"setup.py", "ext/raster.pyx", "spooler/render/templates/ktp.toml", "bench/compare.py"} <= set(names)
    assert not [name for name in names if name.startswith((".venv", "build/")) or name.endswith(".so")]


@checkout
def test_a_revision_that_git_does_not_know_is_said() -> None:
    with pytest.raises(compare.CompareError, match="not a valid object name"):
        compare.git("archive", "--format=tar", "no-such-revision")


def test_ratios_are_shown_for_what_both_ran_and_names_for_the_rest() -> None:
    screen = StringIO()
    before = [{"test_a[base]": 0.002}, {"test_a[base]": 0.004}]
    after = [{"test_a[base]": 0.001, "test_new": 0.5}, {"test_a[base]": 0.002, "test_new": 0.5}]
    Console(width=100, file=screen).print(compare.table("v1", before, after))
    (a,) = [line for line in screen.getvalue().splitlines() if "test_a[base]" in line]
    (new,) = [line for line in screen.getvalue().splitlines() if "test_new" in line]
    assert [cell.strip() for cell in a.split("│")[2:-1]] == ["3.000", "1.500", "0.500", "0.500 … 0.500"]
    assert "does not run" in new


def test_an_extra_column_is_shown_as_it_is() -> None:
    screen = StringIO()
    Console(width=120, file=screen).print(compare.table("v1", [{"test_a": 80.0}], [{"test_a": 60.0}], "us_per_job"))
    (a,) = [line for line in screen.getvalue().splitlines() if "test_a" in line]
    assert [cell.strip() for cell in a.split("│")[2:-1]] == ["80.000", "60.000", "0.750", "0.750 … 0.750"]
    assert "us_per_job, v1" in screen.getvalue()
