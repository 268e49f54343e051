"""The doctor, with stand-ins for the driver, PyTorch and TensorFlow."""

import json
import os
import sys
import types
import warnings
from pathlib import Path

import pytest
from ada_forge.ai.setup import cards, doctor, machine, packages
from ada_forge.ai.setup.report import Report, Row, as_dict, as_text
from ada_forge.ai.setup.tensorflow_growth import VARIABLE, limit_tensorflow

GIB = 1024**3


class NvmlError(Exception):
    """As pynvml.NVMLError: carries NVML's return code."""

    def __init__(self, value, text=""):
        super().__init__(text)
        self.value = value


def stand_in_nvml(cuda=12080, init=None, memory=None, listed=2):
    """A module with the part of pynvml that is used."""
    module = types.ModuleType("pynvml")
    module.NVMLError, module.NVML_ERROR_LIBRARY_NOT_FOUND = NvmlError, 12
    module.open = 0

    def start():
        if init is not None:
            raise init
        module.open += 1

    def stop():
        module.open -= 1

    def read(handle):
        if memory is not None:
            raise memory
        return types.SimpleNamespace(free=(handle + 1) * GIB, total=24 * GIB)

    module.nvmlInit, module.nvmlShutdown, module.nvmlDeviceGetMemoryInfo = start, stop, read
    module.nvmlSystemGetCudaDriverVersion_v2 = lambda: cuda
    module.nvmlSystemGetDriverVersion = lambda: "570.86.15"
    module.nvmlDeviceGetCount = lambda: listed
    module.nvmlDeviceGetHandleByIndex = lambda index: index
    module.nvmlDeviceGetName = lambda handle: f"Card {'AB'[handle]}"
    return module


def stand_in_torch(cuda="12.8", available=True, warning="", names=("Card A",), broken=False):
    """A module with the part of torch that is used."""
    module = types.ModuleType("torch")
    module.__version__ = "2.11.0"
    module.version = types.SimpleNamespace(cuda=cuda, hip=None)

    def is_available():
        if warning:
            warnings.warn(warning, UserWarning, stacklevel=2)
        return available

    def name(index):
        if broken:
            raise RuntimeError("CUDA error: unknown error\nCompile with ...")
        return names[index]

    module.cuda = types.SimpleNamespace(
        is_available=is_available,
        device_count=lambda: len(names),
        get_device_name=name,
        mem_get_info=lambda index: (3 * GIB, 8 * GIB),
    )
    return module


@pytest.fixture
def stand_in(monkeypatch):
    """Put modules into place, or make them impossible to import (None)."""

    def put(**modules):
        for name, module in modules.items():
            monkeypatch.setitem(sys.modules, name, module)
        packages.refresh()

    yield put
    monkeypatch.undo()
    packages.refresh()


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ.pop(VARIABLE, None)


def find(report: Report, name: str) -> Row:
    (row,) = [row for row in report.rows if row.filled()[0] == name]
    return row


def facts(folder: Path, **changes) -> doctor.BlenderFacts:
    values = {
        "version": "4.5.0",
        "online": False,
        "data_folder": folder,
        "packages_folder": folder / "p",
        "log_file": None,
    }
    return doctor.BlenderFacts(**{**values, **changes})


def test_no_torch_says_what_to_do(stand_in, tmp_path):
    stand_in(torch=None, pynvml=None, scipy=None)
    report = doctor.examine(facts(tmp_path))
    row = find(report, "PyTorch")
    assert (row.state, row.value) == ('ERROR', "Not installed")
    assert "Copy Install Command" in row.hint
    assert report.state == 'ERROR'
    assert {"torch", "scipy", "nvidia-ml-py"} <= set(report.missing)
    assert report.missing[0] == "torch"
    assert sys.executable in report.install
    assert str(tmp_path / "p") in report.install
    assert f"numpy=={doctor.numpy.__version__}" in report.install
    assert "torch==" in report.install
    assert find(report, "scipy").state == 'ERROR'
    assert find(report, "nvidia-ml-py").state == 'INFO'
    assert not any(name.filled()[0] == "CUDA" for name in report.rows)


def test_everything_missing_at_once_is_a_report(stand_in):
    stand_in(**dict.fromkeys((*packages.BY_MODULE, "tensorflow", "pip")))
    report = doctor.examine()
    assert set(report.missing) == {package.name for package in packages.PACKAGES}
    assert find(report, "pip").state == 'WARNING'
    assert "ensurepip" in find(report, "pip").filled()[2]
    assert "--target" not in report.install


def test_torch_that_does_not_start_is_a_row(tmp_path, monkeypatch):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise OSError('libcudart.so: cannot open\\nmore')")
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    row = find(doctor.examine(), "PyTorch")
    assert row.filled()[1] == "Does not start: libcudart.so: cannot open"
    assert row.state == 'ERROR'


def test_card_that_works(stand_in):
    nvml = stand_in_nvml()
    stand_in(pynvml=nvml, torch=stand_in_torch(names=("Card A", "Card B")))
    report = doctor.examine()
    assert find(report, "CUDA").filled()[1] == "12.8, on 0: Card A, 1: Card B"
    assert find(report, "NVIDIA Driver").filled()[1] == "570.86.15, for CUDA 12.8 at most"
    listed = [row.filled()[1] for row in report.rows if row.name == "Graphics Card"]
    assert listed == ["Card A, 1.0 GiB free of 24.0 GiB", "Card B, 2.0 GiB free of 24.0 GiB"]
    assert nvml.open == 0


@pytest.mark.parametrize(
    ("driver", "built", "state"),
    [
        (12080, "12.8", 'OK'),
        (12020, "12.8", 'OK'),
        (11080, "12.8", 'ERROR'),
        (13000, "12.8", 'OK'),
        (12080, "13.0", 'ERROR'),
    ],
)
def test_driver_against_the_cuda_of_torch(stand_in, driver, built, state):
    stand_in(pynvml=stand_in_nvml(cuda=driver))
    row = cards.driver_row(cards.read_driver(), stand_in_torch(cuda=built))
    assert row.state == state
    assert f"CUDA {driver // 1000}.{driver % 1000 // 10} at most" in row.filled()[1]
    assert row.filled()[2] == (
        f"PyTorch is built for CUDA {built}. Update the NVIDIA driver" if state == 'ERROR' else ""
    )


def test_reason_of_torch_is_shown(stand_in):
    text = "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040).\nPlease update"
    stand_in(pynvml=stand_in_nvml(cuda=11040), torch=stand_in_torch(available=False, warning=text))
    row = find(doctor.examine(), "CUDA")
    assert row.filled()[1] == f"12.8: {text.splitlines()[0]}"
    assert row.state == 'WARNING'


def test_cuda_that_fails_to_start(stand_in):
    stand_in(pynvml=None, torch=stand_in_torch(broken=True))
    report = doctor.examine()
    assert find(report, "CUDA").filled()[1] == "12.8: CUDA error: unknown error"
    assert find(report, "CUDA").state == 'ERROR'
    assert not [row for row in report.rows if row.name == "Graphics Card"]


def test_torch_without_cuda_beside_a_card_is_offered_anew(stand_in):
    stand_in(pynvml=stand_in_nvml(), torch=stand_in_torch(cuda=None, available=False, names=()))
    report = doctor.examine()
    assert find(report, "CUDA").state == 'WARNING'
    assert report.missing[0] == "torch"
    assert f"torch=={packages.TORCH}" in report.install


def test_torch_without_cuda_and_without_a_card_is_fine(stand_in):
    stand_in(pynvml=stand_in_nvml(init=NvmlError(12)), torch=stand_in_torch(cuda=None, available=False, names=()))
    report = doctor.examine()
    assert find(report, "CUDA").state == 'INFO'
    assert find(report, "NVIDIA Driver").value == "None"
    assert "torch" not in report.missing


def test_driver_that_answers_with_an_error(stand_in):
    nvml = stand_in_nvml(init=NvmlError(18, "Driver/library version mismatch"))
    stand_in(pynvml=nvml)
    row = cards.driver_row(cards.read_driver(), None)
    assert (row.state, row.filled()[1]) == ('ERROR', "Driver/library version mismatch")
    assert "Restart" in row.hint
    assert nvml.open == 0


def test_card_without_memory_figures(stand_in):
    nvml = stand_in_nvml(memory=NvmlError(3, "Not Supported"), listed=1)
    stand_in(pynvml=nvml)
    (row,) = cards.card_rows(cards.read_driver(), None)
    assert row.filled()[1] == "Card A, memory unknown"
    assert nvml.open == 0


def test_memory_from_torch_without_nvml(stand_in):
    stand_in(pynvml=None)
    (row,) = cards.card_rows(None, stand_in_torch())
    assert row.filled()[1] == "Card A, 3.0 GiB free of 8.0 GiB"


def test_library_of_the_driver_tells_of_a_card_without_nvml(stand_in, monkeypatch):
    stand_in(pynvml=None)
    monkeypatch.setattr(cards.ctypes, "CDLL", lambda name: name)
    assert cards.driver_row(cards.read_driver(), None).value == "Installed"

    def fail(name):
        raise OSError(name)

    monkeypatch.setattr(cards.ctypes, "CDLL", fail)
    assert cards.read_driver() is None


def stand_in_tensorflow(error=None):
    module = types.ModuleType("tensorflow")
    module.grown = []

    def set_memory_growth(card, enable):
        if error is not None:
            raise error
        module.grown.append((card, enable))

    module.config = types.SimpleNamespace(
        list_physical_devices=lambda kind: {'GPU': ["gpu:0", "gpu:1"], 'CPU': ["cpu:0"]}[kind],
        experimental=types.SimpleNamespace(set_memory_growth=set_memory_growth),
    )
    return module


def test_tensorflow_absent(stand_in):
    stand_in(tensorflow=None)
    row = limit_tensorflow()
    assert (row.value, row.state) == ("Not installed", 'INFO')
    assert VARIABLE not in os.environ


def test_tensorflow_not_imported_is_told_by_the_environment(tmp_path, monkeypatch):
    (tmp_path / "tensorflow.py").write_text("raise AssertionError('imported')")
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert limit_tensorflow().state == 'OK'
    assert os.environ[VARIABLE] == "true"
    assert "tensorflow" not in sys.modules


def test_tensorflow_imported_is_told_for_each_card(stand_in):
    module = stand_in_tensorflow()
    stand_in(tensorflow=module)
    assert limit_tensorflow().state == 'OK'
    assert module.grown == [("gpu:0", True), ("gpu:1", True)]


def test_tensorflow_already_on_the_card(stand_in):
    reason = "Physical devices cannot be modified after being initialized"
    stand_in(tensorflow=stand_in_tensorflow(RuntimeError(reason)))
    for _ in range(2):  # Asking again must not turn it into good news.
        row = limit_tensorflow()
        assert row.state == 'WARNING'
        assert reason in row.filled()[1]
        assert "Restart Blender" in row.hint


def test_tensorflow_imported_after_the_environment_was_set(stand_in):
    os.environ[VARIABLE] = "true"
    module = stand_in_tensorflow(RuntimeError("Physical devices cannot be modified after being initialized"))
    stand_in(tensorflow=module)
    assert limit_tensorflow().state == 'OK'


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    row = machine.folder_row("Data Folder", tmp_path / "file" / "data")
    assert row.state == 'ERROR'
    assert str(tmp_path / "file" / "data") in row.filled()[1]
    assert "preferences" in row.hint


def test_folder_that_can_be_written_is_made_and_left_empty(tmp_path):
    folder = tmp_path / "数据 {x}"
    row = machine.folder_row("Data Folder", folder)
    assert (row.state, row.filled()[1]) == ('OK', str(folder))
    assert list(folder.iterdir()) == []


def test_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=5 * GIB))
    row = machine.disk_row(tmp_path / "not" / "there")
    assert (row.state, row.filled()[1]) == ('WARNING', "5.0 GiB")
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=50 * GIB))
    assert machine.disk_row(tmp_path).state == 'OK'
    monkeypatch.setattr(Path, "is_dir", lambda self: False)
    assert machine.disk_row(tmp_path).state == 'WARNING'


def test_memory_with_and_without_psutil(stand_in):
    psutil = pytest.importorskip("psutil")
    total = psutil.virtual_memory().total / GIB
    assert machine.memory_gib()[1] == total
    stand_in(psutil=None)
    if sys.platform.startswith("linux"):
        assert machine.memory_gib()[1] == pytest.approx(total, rel=0.05)


@pytest.mark.parametrize(("online", "value"), [(True, "Allowed"), (False, "Not allowed")])
def test_facts_of_blender(tmp_path, online, value):
    report = doctor.examine(facts(tmp_path, online=online, log_file=tmp_path / "ada.log"))
    assert find(report, "Blender").filled()[1] == "4.5.0"
    assert find(report, "Online Access").value == value
    assert find(report, "Log File").filled()[1] == str(tmp_path / "ada.log")


def test_text_and_json(stand_in, tmp_path):
    stand_in(torch=None)
    report = doctor.examine(facts(tmp_path))
    text = as_text(report)
    assert "[ ERROR ] PyTorch: Not installed" in text
    assert text.endswith(report.install)
    document = json.loads(json.dumps(as_dict(report)))
    assert document["state"] == 'ERROR'
    assert {"name": "PyTorch", "value": "Not installed"}.items() <= next(
        row for row in document["rows"] if row["name"] == "PyTorch"
    ).items()


def test_worst_state_and_nothing_missing():
    rows = tuple(Row("A", "b", state) for state in ('OK', 'WARNING', 'INFO'))
    assert Report(rows).state == 'WARNING'
    assert "install" not in as_text(Report(rows))
    assert Report(()).state == 'OK'


def test_quick_command_does_not_start_torch(stand_in, tmp_path, monkeypatch):
    stand_in(scipy=None, pynvml=None)
    monkeypatch.setattr(doctor, "_start_torch", lambda: pytest.fail("started"))
    assert "scipy>=" in doctor.quick_install_text(facts(tmp_path))
    monkeypatch.setattr(doctor, "missing_packages", lambda: ())
    assert doctor.quick_install_text(facts(tmp_path)) == ""
