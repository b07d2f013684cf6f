#!/usr/bin/env bash
# Build wheel and sdist, install each into a clean venv, and see that the command and the kernels are there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

.venv/bin/python -P -m build --no-isolation --outdir "$work/dist" >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
for package in "$work"/dist/*.whl "$work"/dist/*.tar.gz; do
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation "$package"
  (cd "$work" && venv/bin/spooler --version && venv/bin/spooler proof "$root/examples/jobs/01.json" -o proof.png)
  test -s "$work/proof.png"
  (cd "$work" && venv/bin/python -c "from spooler.papers import daily_pdf")
  rm -rf "$work/venv" "$work/proof.png"
  echo "installs and draws: $(basename "$package")"
done
