"""`spooler template` and what `spooler proof` and `spooler check` know of templates."""

from pathlib import Path

import pytest
from PIL import Image

from invented import CARD
from running import write_config
from spooler.cli import main
from spooler.cli.job_files import write_job_files
from spooler.cli.samples import sample
from spooler.daemon import Inspector
from spooler.model.kinds import KINDS
from spooler.model.problem import Problem
from spooler.render import Renderer, TemplateError
from spooler.wire import Limits, parse_job

PACKAGED = Path(__file__).parents[1] / "spooler" / "render" / "templates"


def run(capsys, *words, code=0):
    assert main([str(word) for word in words]) == code
    captured = capsys.readouterr()
    return captured.out if code == 0 else captured.err


@pytest.mark.parametrize("file", sorted(PACKAGED.glob("*.toml")), ids=lambda file: file.stem)
def test_every_packaged_template_is_good(capsys, file):
    said = run(capsys, "template", "check", file)
    for kind in KINDS.values():
        assert (f"good for {kind.name}: " in said) == (kind.template == file.stem)
    assert "drawn on evolis primacy" in said
    assert "look again" not in said


def test_fields_that_a_template_drops_are_named(capsys, tmp_path):
    text = (PACKAGED / "kia.toml").read_text()
    text = text.replace('when = "nomor_akta"', 'when = ["nomor_akta", "signature"]').replace("PROVINSI {provinsi}", "P")
    (tmp_path / "kia.toml").write_text(text)
    said = run(capsys, "template", "check", tmp_path / "kia.toml")
    for kind in ("kia-0-5", "kia-5-17"):
        assert f"look again: not on every {kind} whose job brings it: nomor_akta, provinsi\n" in said


def test_all_faults_at_once_with_file_and_line(capsys, tmp_path):
    text = (PACKAGED / "kia.toml").read_text()
    text = text.replace("align = ", "aling = ", 1).replace('text = "{nik}"', 'text = "{nick}"')
    (tmp_path / "kia.toml").write_text(text)
    said = run(capsys, "template", "check", tmp_path / "kia.toml", code=2)
    for word, fault in (
        ("aling = ", "text 1 (title): unknown key aling (did you mean `align`?)"),
        ("{nick}", "text 7 (nik): text: kind kia-0-5 has no field {nick} (did you mean `nik`?)"),
        ("{nick}", "text 7 (nik): text: kind kia-5-17 has no field {nick} (did you mean `nik`?)"),
    ):
        line = next(n for n, row in enumerate(text.splitlines(), 1) if word in row)
        assert f"kia.toml:{line}: {fault}" in said
    assert said.count("aling") == 1, "what is wrong for both kinds is said once"


def test_a_file_of_another_name_needs_a_kind(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text((PACKAGED / "ktp.toml").read_text())
    assert "--kind" in run(capsys, "template", "check", file, code=2)
    assert "good for ktp: front 9 blocks" in run(capsys, "template", "check", file, "--kind", "ktp")
    assert "cannot be read" in run(capsys, "template", "check", tmp_path / "kia.toml", code=2)


def test_a_template_that_its_printer_cannot_print_is_told(capsys, tmp_path):
    """It reads well, but an ordinary job does not fit, or its area lies beyond the printer's pixels."""
    file = tmp_path / "ktp.toml"
    text = (PACKAGED / "ktp.toml").read_text()
    file.write_text(text.replace("width = 38.2\nheight = 4.2", "width = 20\nheight = 4.2"))
    said = run(capsys, "template", "check", file, code=2)
    assert "an ordinary ktp: " in said
    assert "its place has a line of 20.0 mm" in said
    assert "no ribbon" not in said
    wide = text.replace("width = 85.60", "width = 120").replace("x = 62.6", "x = 92.6")
    file.write_text(wide)
    assert "outside the printable pixels" in run(capsys, "template", "check", file, code=2)


def test_list_names_every_template(capsys):
    said = run(capsys, "template", "list")
    assert all(f"{kind.template}.toml" in said and kind.name in said for kind in KINDS.values())


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_jobs_that_templates_are_tried_on_would_be_taken(kind):
    content = sample(kind)
    assert set(content.fields) == kind.names
    request = parse_job(raw_job(kind.name, content), "", Limits())
    assert not isinstance(request, Problem)
    assert not isinstance(Inspector(Renderer(specimen=True)).admit(request, "2026-11-24"), Problem)
    assert set(sample(kind, frozenset()).fields) == {field.name for field in kind.fields if field.required}


def raw_job(kind, content):
    return {
        "ticket": "T-1", "authorisation": "A-1", "kind": kind, "site": "21.71.11", "fields": content.fields,
        **({"photo": content.photo} if content.photo else {}),
        **({"signature": content.signature} if content.signature else {}),
    }  # fmt: skip


def job(tmp_path, kind, content):
    (path,) = write_job_files(tmp_path, [raw_job(kind, content)])
    return path


def test_proof_with_grid_planes_and_back(capsys, tmp_path):
    path = job(tmp_path, "selftest", sample(KINDS["selftest"]))
    plain, gridded, back = tmp_path / "plain.png", tmp_path / "grid.png", tmp_path / "back.png"
    run(capsys, "proof", path, "-o", plain)
    run(capsys, "proof", path, "-o", gridded, "--grid")
    run(capsys, "proof", path, "-o", back, "--side", "back", "--planes")
    with Image.open(plain) as first, Image.open(gridded) as second, Image.open(back) as third:
        assert second.size == (first.width * 3, first.height * 3)
        colours = {colour for _, colour in second.getcolors(1 << 24)}
        assert {(0, 130, 60), (220, 0, 0)} <= colours, "blocks' outlines and the card's edge"
        assert first.tobytes() != third.tobytes()
    assert {file.name for file in tmp_path.glob("back-?.png")} == {f"back-{ink}.png" for ink in "ymcko"}
    with Image.open(tmp_path / "back-k.png") as resin, Image.open(back) as card:
        assert resin.histogram()[0] > 1000
        assert sorted(resin.getextrema()) == [0, 255]
        assert card.size == resin.size
    ktp = job(tmp_path / "ktp", "ktp", sample(KINDS["ktp"]))
    assert "no back" in run(capsys, "proof", ktp, "-o", back, "--side", "back", code=2)


def test_proof_shows_an_upright_card_upright(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'card = { width = 53.98, height = 85.6 }\n[[text]]\nname = "t"\nx = 3\ny = 3\nwidth = 48\nheight = 6\n'
        'sizes = [9]\ntext = "{title}"\n'
    )
    path = job(tmp_path, "selftest", sample(KINDS["selftest"]))
    for more, scale in (((), 1), (("--grid",), 3)):
        run(capsys, "proof", path, "-o", tmp_path / "card.png", "--template", file, *more)
        with Image.open(tmp_path / "card.png") as card:
            assert card.size == (648 * scale, 1016 * scale)
    assert f"{file.name}:2" in run(
        capsys, "proof", path, "-o", tmp_path / "no.png", "--template", _spoiled(file), code=2
    )


def _spoiled(file: Path) -> Path:
    file.write_text(file.read_text().replace("x = 3", "x = 300"))
    return file


# ---- an office's own templates ----


def test_a_template_of_ones_own_stands_in_for_the_packaged_one(capsys, tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    text = (PACKAGED / "ktp.toml").read_text()
    (folder / "ktp.toml").write_text(text.replace('text = "PROVINSI {provinsi}"', 'text = "PROV. {provinsi}"'))
    content, geometry = sample(KINDS["ktp"]), CARD
    ids = [Renderer(specimen=False, templates=where).plate("ktp", geometry, "ymcko").id for where in (None, folder)]
    assert ids[0] == ids[1], "only a job's own text differs"
    drawn = []
    for where in (None, folder):
        with Renderer(specimen=False, templates=where).draw("ktp", geometry, "ymcko", content) as picture:
            drawn.append(bytes(picture.planes["k"]))
    assert drawn[0] != drawn[1]
    config = write_config(tmp_path, 9)
    config.write_text(config.read_text().replace("[render]", '[render]\ntemplates = "own"'))
    assert "good" in run(capsys, "check", config)


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("ktp.toml", ("align = ", "aling = "), "text 1 (province): unknown key aling"),
        ("kpt.toml", ("", ""), "kpt.toml: no kind uses a template of this name (did you mean `ktp`?)"),
        ("ktp.toml", ("width = 85.60", "width = 200"), "good"),
        ("ktp.toml", ("x = 62.6", "x = 70.0"), "ktp.toml:"),
        (
            "ktp.toml",
            ("height = 53.98 }", "height = 80 }\n[[box]]\nx=1\ny=70\nwidth=1\nheight=1\nink={k=255}"),
            "printer SGL-1: kind ktp: ktp.toml: on evolis-300: a box lies outside the printable pixels",
        ),
    ],
)
def test_a_bad_one_is_refused_by_check_and_at_the_start(capsys, monkeypatch, tmp_path, name, change, fault):
    monkeypatch.setattr("spooler.cli.serve.set_up_logging", lambda: None)  # it would keep this test's standard error
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / name).write_text((PACKAGED / "ktp.toml").read_text().replace(*change, 1) if change[0] else "x = 1")
    config = write_config(tmp_path, 9)
    config.write_text(config.read_text().replace("[render]", '[render]\ntemplates = "own"'))
    if fault == "good":
        assert fault in run(capsys, "check", config)
        return
    assert fault in run(capsys, "check", config, code=2)
    assert fault in run(capsys, "serve", "--config", config, code=2)


BACK = """
[[back.text]]
name = "back"
x = 10
y = 10
width = 60
height = 4
sizes = [7, 6, 5]
text = "{kota}"
"""


@pytest.mark.parametrize(
    ("kind", "ribbon", "fault"),
    [
        ("ktp", "YMCKO", "printer SGL-1: kind ktp: its template has a back, and ribbon YMCKO has no panels for one"),
        ("ktp", "YMCKOK", None),
        ("selftest", "YMCKO", None),  # which has a back, and prints its front
        ("ktp", "YMCKOS", "a half panel reaches 508 columns"),
    ],
)
def test_a_ribbon_that_cannot_print_a_kind_is_refused(capsys, tmp_path, kind, ribbon, fault):
    folder = tmp_path / "own"
    folder.mkdir()
    text = (PACKAGED / f"{kind}.toml").read_text()
    more = "\n[[box]]\nx=1\ny=1\nwidth=80\nheight=1\nink={c=20}\n" if ribbon == "YMCKOS" else BACK
    (folder / f"{kind}.toml").write_text(text + (more if kind == "ktp" else ""))
    config = write_config(tmp_path, 9)
    text = config.read_text().replace("[render]", '[render]\ntemplates = "own"').replace('"YMCKO"', f'"{ribbon}"')
    config.write_text(text)
    said = run(capsys, "check", config, code=2 if fault else 0)
    assert (fault or "good") in said


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(TemplateError, match="is no folder"):
        Renderer(specimen=False, templates=tmp_path / "none")
