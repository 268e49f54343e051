"""The models on this computer: found, listed, chosen, downloaded from a hub of our own, forgotten, deleted."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "ai" / "diffusion"))
from model_files import FILES, SD15, SDXL, write


@pytest.fixture
def models(ext, tmp_path, monkeypatch):
    """The operators' module with an empty shelf; only the test's own folders are searched."""
    import bpy

    queue = ext(".operators.queue").queue
    queue.stop()
    queue.clear()
    module = ext(".operators.models")
    bpy.ops.wm.read_homefile()
    monkeypatch.setattr(module, "likely_folders", list)
    monkeypatch.setattr(ext(".operators.doctor"), "data_folder", lambda: tmp_path / "数据 data")
    module.unregister()
    module.fill()
    yield module
    monkeypatch.undo()
    module.unregister()


def put(folder):
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "base.safetensors", SDXL)
    write(folder / "old 8step LCM.safetensors", SD15)
    write(folder / "moss.safetensors", FILES["LoRA kohya"][0])
    write(folder / "depth.safetensors", FILES["ControlNet"][0])
    (folder / "bad.safetensors").write_bytes(b"no")
    return folder


def rows():
    import bpy

    return [(entry.kind, entry.name) for entry in bpy.context.window_manager.ada_models.entries]


FOUND = [("MODEL", "base"), ("MODEL", "old 8step LCM"), ("LORA", "moss"), ("CONTROLNET", "depth")]


def test_a_folder_is_added_scanned_remembered_and_removed(models, tmp_path):
    import bpy

    folder = put(tmp_path / "ComfyUI" / "models")
    assert bpy.ops.ada.model_folder_add(directory=str(folder)) == {'FINISHED'}
    assert rows() == FOUND
    models.unregister()  # As after a new start.
    assert [info.name for info in models.shelf().models] == [name for _, name in FOUND]
    bpy.ops.wm.read_homefile()
    assert rows() == FOUND
    write(folder / "new.safetensors", SD15)
    assert bpy.ops.ada.models_scan() == {'FINISHED'}
    assert ("MODEL", "new") in rows()
    assert bpy.ops.ada.model_folder_remove(directory=str(folder)) == {'FINISHED'}
    assert rows() == []
    assert models.shelf().folders == []
    with pytest.raises(RuntimeError, match="does not exist"):
        bpy.ops.ada.model_folder_add(directory=str(tmp_path / "absent"))


def test_use_fills_in_what_suits_the_model(models, tmp_path):
    import bpy

    folder = put(tmp_path / "m")
    settings = bpy.context.scene.ada.texture
    bpy.ops.ada.model_use(path=str(folder / "base.safetensors"))
    assert (settings.engine, Path(settings.model).name, settings.width) == ('MODEL', "base.safetensors", 1024)
    assert (settings.steps, settings.guidance) == (20, 7.0)
    bpy.ops.ada.model_use(path=str(folder / "old 8step LCM.safetensors"))
    assert (settings.steps, settings.guidance, settings.width, settings.scheduler) == (8, 1.0, 512, 'AUTO')
    for _ in range(2):  # Once is enough.
        bpy.ops.ada.model_use(path=str(folder / "moss.safetensors"))
        bpy.ops.ada.model_use(path=str(folder / "depth.safetensors"))
    assert [Path(row.path).stem for row in settings.loras] == ["moss"]
    assert [(Path(row.path).stem, row.kind) for row in settings.controls] == [("depth", 'DEPTH')]
    assert Path(settings.model).name == "old 8step LCM.safetensors"
    for path, sentence in ((folder / "bad.safetensors", "not a safetensors"), (folder / "none", "No such file")):
        with pytest.raises(RuntimeError, match=sentence):
            bpy.ops.ada.model_use(path=str(path))
    assert models.find(str(folder / "bad.safetensors")) is None


def test_forgotten_stays_and_deleted_goes(models, tmp_path, monkeypatch):
    import bpy

    folder = put(tmp_path / "m")
    bpy.ops.ada.model_folder_add(directory=str(folder))
    bpy.ops.ada.model_forget(path=str(folder / "base.safetensors"))
    bpy.ops.ada.models_scan()
    assert rows() == FOUND[1:]
    assert (folder / "base.safetensors").exists()
    bpy.context.window_manager.ada_models.index = 1
    assert bpy.ops.ada.model_delete() == {'FINISHED'}
    assert not (folder / "moss.safetensors").exists()
    assert rows() == [FOUND[1], FOUND[3]]
    cache = tmp_path / "hub" / "models--a--b" / "snapshots" / "1"
    cache.mkdir(parents=True)
    with pytest.raises(Exception, match="which programs share"):
        models.delete_files(cache)
    assert cache.exists()


class Handler(BaseHTTPRequestHandler):
    """A hub with one LoRA; it answers at most a handful of requests in a test."""

    data = b""

    def log_message(self, *args):
        pass

    def do_GET(self):
        body = self.data
        if self.path.startswith("/api/"):
            lfs = {"sha256": hashlib.sha256(self.data).hexdigest(), "size": len(self.data)}
            row = {"rfilename": "moss.safetensors", "size": len(self.data), "lfs": lfs}
            body = json.dumps({"sha": "1", "siblings": [row]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    Handler.data = write(tmp_path / "source.safetensors", FILES["LoRA kohya"][0]).read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def online():
    import bpy

    system = bpy.context.preferences.system
    before = system.use_online_access
    system.use_online_access = True
    assert bpy.app.online_access
    yield
    system.use_online_access = before


def test_download_only_online_and_then_it_is_listed(models, hub, tmp_path, online):
    import bpy

    bpy.context.preferences.system.use_online_access = False
    with pytest.raises(RuntimeError, match="Blender is offline"):
        bpy.ops.ada.model_download(repository="owner/name")
    bpy.context.preferences.system.use_online_access = True
    with pytest.raises(RuntimeError, match="Write which model"):
        bpy.ops.ada.model_download()
    group = bpy.context.window_manager.ada_models
    group.repository, group.token = " https://huggingface.co/owner/name/ ", "secret"
    assert bpy.ops.ada.model_download() == {'FINISHED'}
    (info,) = models.shelf().models
    assert info.path == tmp_path / "数据 data" / "models" / "owner--name" / "moss.safetensors"
    assert rows() == [("LORA", "moss")]
    wish = sys.modules[models.__name__.replace("models", "model_download")].Wish("a/b", "", "secret", tmp_path)
    assert "secret" not in f"{wish}"


def test_headless(models, hub, tmp_path, online, ext, capfd):
    folder = put(tmp_path / "m")
    main = ext(".operators.batch").main
    assert main(["models", "--folder", str(folder), "--json"]) == 0
    document = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert [(row["kind"], row["name"]) for row in document["models"]] == FOUND
    assert document["problems"][0]["file"].endswith("bad.safetensors")
    assert main(["models", "--download", "owner/name", "--json"]) == 0
    document = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert [row["name"] for row in document["models"]] == ["moss"]
    assert main(["models", "--file", "x"]) == 2
