import io
import os
import zipfile
from pathlib import Path

from local_stack.host_layer import pointer_zip
from local_stack.zips import digest, zip_folder


def _write(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def test_equal_folders_give_equal_bytes(tmp_path: Path) -> None:
    first = _write(tmp_path / "a", ["b.py", "pkg/c.py", "a.py"])
    second = _write(tmp_path / "b", ["a.py", "b.py", "pkg/c.py"])
    os.utime(second / "a.py", (1, 1))

    assert zip_folder(first) == zip_folder(second)


def test_a_changed_file_gives_another_name(tmp_path: Path) -> None:
    folder = _write(tmp_path, ["a.py"])
    before = digest(zip_folder(folder))
    (folder / "a.py").write_text("changed")

    assert digest(zip_folder(folder)) != before


def test_executables_stay_executable(tmp_path: Path) -> None:
    _write(tmp_path, ["run"])
    (tmp_path / "run").chmod(0o755)

    with zipfile.ZipFile(io.BytesIO(zip_folder(tmp_path))) as archive:
        assert archive.getinfo("run").external_attr >> 16 & 0o777 == 0o755


def test_a_layers_pointer_puts_its_folder_first(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(pointer_zip(tmp_path))) as archive:
        (line,) = archive.read(archive.namelist()[0]).decode().splitlines()

    assert line == f"import sys; sys.path.insert(0, {str(tmp_path)!r})"
