"""Downloads from a hub of our own on this computer, which can be slow, cut off, lie and refuse."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ada_forge.ai.diffusion.models import download
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run

WEIGHTS = bytes(range(256)) * 12_000


class Hub:
    """What the server holds and how it behaves."""

    def __init__(self):
        self.files = {
            "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}',
            "unet/config.json": b"{}",
            "unet/diffusion_pytorch_model.safetensors": WEIGHTS,
            "unet/diffusion_pytorch_model.fp16.safetensors": WEIGHTS[:1000],
            "unet/diffusion_pytorch_model.bin": b"\x80\x02",
            "v1-5.ckpt": b"\x80\x02",
            "whole.safetensors": WEIGHTS[:5000],
            "LICENSE": b"You may.",
        }
        self.names = None
        self.cut_after = self.status = 0
        self.ranges, self.lies, self.pace = True, False, 0.0
        self.requests = []

    def listing(self):
        siblings = []
        for name, data in self.files.items():
            one = {
                "rfilename": name,
                "size": len(data),
                "blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(),
            }
            if name.endswith((".safetensors", ".bin", ".ckpt")):
                one["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            siblings.append(one)
        siblings += [{"rfilename": name, "size": 1} for name in self.names or ()]
        return {"sha": "c0ffee", "siblings": siblings}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        hub = self.server.hub
        hub.requests.append((self.path, dict(self.headers)))
        if hub.status:
            self.send_error(hub.status)
            return
        if self.path.startswith("/api/models/owner/name/revision/main"):
            self.answer(json.dumps(hub.listing()).encode())
            return
        found = re.fullmatch(r"/owner/name/resolve/c0ffee/(.+)", self.path)
        if not found or found[1] not in hub.files:
            self.send_error(404)
            return
        data = hub.files[found[1]]
        if hub.lies and len(data) > 100:
            data = data[:50] + b"!" + data[51:]
        start = int(re.fullmatch(r"bytes=(\d+)-", self.headers["Range"])[1]) if "Range" in self.headers else 0
        if start and hub.ranges:
            self.answer(data[start:], 206)
        else:
            self.answer(data)

    def answer(self, data, status=200):
        hub = self.server.hub
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if hub.cut_after and len(data) > hub.cut_after:
            data = data[: hub.cut_after]
            hub.cut_after = 0
        for start in range(0, len(data), 65536):
            try:
                self.wfile.write(data[start : start + 65536])
            except ConnectionError:
                return
            time.sleep(hub.pace)
        self.close_connection = True


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0.01)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.hub = Hub()
    server.hub.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.hub
    server.shutdown()
    server.server_close()


def fetch(hub, folder, **more):
    return download.fetch("owner/name", folder, hub=hub.address, **more)


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_diffusers_model_comes_without_pickles_and_other_precisions(hub, tmp_path):
    reports = []
    folder = run(fetch(hub, tmp_path), reports.append)
    assert folder == tmp_path / "owner--name"
    assert below(tmp_path) == [f"owner--name/{name}" for name in (
        "LICENSE", "SHA256SUMS", "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
    )]  # fmt: skip
    assert (folder / "unet" / "diffusion_pytorch_model.safetensors").read_bytes() == WEIGHTS
    assert (folder / "SHA256SUMS").read_text().startswith(hashlib.sha256(WEIGHTS).hexdigest() + "  unet/")
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert all(str(report) for report in reports)
    before = len(hub.requests)
    run(fetch(hub, tmp_path, files=["whole.safetensors"]))
    assert (folder / "whole.safetensors").is_file()
    assert len(hub.requests) == before + 2
    assert len((folder / "SHA256SUMS").read_text().splitlines()) == 2


def test_a_repository_of_one_network_or_one_file(hub, tmp_path, monkeypatch):
    hub.files = {
        "config.json": b"{}",
        "diffusion_pytorch_model.safetensors": WEIGHTS[:600],
        "diffusion_pytorch_model.fp16.safetensors": WEIGHTS[:300],
        "README.md": b"",
        "images/a.json": b"{}",
    }
    monkeypatch.setenv(download.MIRROR, hub.address + "/")
    assert run(download.fetch("owner/name", tmp_path / "net")) == tmp_path / "net" / "owner--name"
    assert below(tmp_path / "net" / "owner--name") == [
        "README.md", "SHA256SUMS", "config.json", "diffusion_pytorch_model.safetensors",
    ]  # fmt: skip
    hub.files = {"lora.safetensors": WEIGHTS[:600], "README.md": b""}
    assert run(download.fetch("owner/name", tmp_path / "one")).name == "lora.safetensors"
    hub.files["other.safetensors"] = WEIGHTS[:700]
    with pytest.raises(AdaError, match=r"Say which file: lora.safetensors, other.safetensors"):
        run(download.fetch("owner/name", tmp_path / "many"))


def test_cancelling_keeps_what_came_and_the_next_goes_on(hub, tmp_path):
    hub.pace = 0.005
    job = fetch(hub, tmp_path, files=["unet/diffusion_pytorch_model.safetensors"])
    for event in job:
        if "done" in event.values and event.values["done"] > 0.5:
            break
    start = time.monotonic()
    job.close()
    assert time.monotonic() - start < 0.5
    part = tmp_path / ".owner--name-part" / "unet" / "diffusion_pytorch_model.safetensors"
    have = part.stat().st_size
    assert 0 < have < len(WEIGHTS)
    assert not (tmp_path / "owner--name").exists()
    hub.pace = 0.0
    path = run(fetch(hub, tmp_path, files=["unet/diffusion_pytorch_model.safetensors"]))
    assert path.read_bytes() == WEIGHTS
    assert hub.requests[-1][1]["Range"] == f"bytes={have}-"
    assert not part.parent.parent.exists()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_lost_connection_is_taken_up_again(hub, tmp_path, ranges):
    hub.cut_after, hub.ranges = 1_000_000, ranges
    said = []
    path = run(
        fetch(hub, tmp_path, files=["unet/diffusion_pytorch_model.safetensors"]), lambda one: said.append(str(one))
    )
    assert path.read_bytes() == WEIGHTS
    assert any("connection was lost" in one for one in said)


def test_other_bytes_than_promised_are_thrown_away(hub, tmp_path):
    hub.lies = True
    with pytest.raises(AdaError, match="came damaged"):
        run(fetch(hub, tmp_path))
    assert not (tmp_path / "owner--name").exists()
    assert not [name for name in below(tmp_path) if name.endswith(".safetensors")]
    hub.lies = False
    run(fetch(hub, tmp_path))


def test_small_files_are_checked_by_gits_sum(hub, tmp_path):
    small = download.RemoteFile("a.json", 2, "", hashlib.sha1(b"blob 2\0{}").hexdigest())
    (tmp_path / "a.json").write_bytes(b"{}")
    assert download._matches(small, tmp_path / "a.json")
    (tmp_path / "a.json").write_bytes(b"[]")
    assert not download._matches(small, tmp_path / "a.json")


@pytest.mark.parametrize(
    ("status", "sentence"), [(404, "has no 'owner/name'"), (401, "Accept its licence"), (500, "cannot be reached")]
)
def test_refusals_are_one_sentence(hub, tmp_path, status, sentence):
    hub.status = status
    with pytest.raises(AdaError, match=sentence):
        run(fetch(hub, tmp_path))


def test_no_hub_no_model_no_name(hub, tmp_path, monkeypatch):
    with pytest.raises(AdaError, match="cannot be reached"):
        run(download.fetch("owner/name", tmp_path, hub="http://127.0.0.1:9"))
    for name in ("name", "../..", "owner/name/x", "owner/..", "http://x/y"):
        with pytest.raises(AdaError, match="is no model of the hub"):
            run(download.fetch(name, tmp_path, hub=hub.address))
    for name in ("unet/diffusion_pytorch_model.bin", "absent.safetensors"):
        with pytest.raises(AdaError, match="no safe file"):
            run(fetch(hub, tmp_path, files=[name]))
    for name in ("model_index.json", "whole.safetensors"):
        hub.files.pop(name)
    with pytest.raises(AdaError, match="only safetensors"):
        run(fetch(hub, tmp_path))
    assert below(tmp_path) == []


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "a/../../evil.json", "a\\evil.json", "C:/evil.json"])
def test_names_that_leave_the_folder_are_refused(hub, tmp_path, name):
    hub.names = [name]
    with pytest.raises(AdaError, match="cannot be read"):
        run(fetch(hub, tmp_path))


def test_no_room_is_said_before_the_first_byte(hub, tmp_path, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
    with pytest.raises(AdaError, match="too little room"):
        run(fetch(hub, tmp_path))
    assert len(hub.requests) == 1


def test_the_token_goes_to_the_hub_alone(hub, tmp_path):
    run(fetch(hub, tmp_path, files=["whole.safetensors"], token="secret"))
    assert {headers.get("Authorization") for _, headers in hub.requests} == {"Bearer secret"}
    request = download.urllib.request.Request("http://a/")
    request.add_unredirected_header("Authorization", "Bearer secret")
    handler = download.urllib.request.HTTPRedirectHandler()
    following = handler.redirect_request(request, None, 302, "Found", {}, "http://b/")
    assert not following.has_header("Authorization")
