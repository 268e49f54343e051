"""Downloads in the real program, from a hub on this computer that answers a handful of requests."""

from __future__ import annotations

import sys
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import program as real

sys.path.append(str(real.CHECKOUT / "tests" / "ai" / "diffusion"))
from model_files import DOWN, write
from test_download import Handler, Hub


def test_a_model_is_downloaded_with_the_mouse(program, profile, tmp_path):
    real.OUT.mkdir(exist_ok=True)
    hub = Hub()
    lora = {"lora_unet_" + DOWN.replace(".", "_") + ".lora_down.weight": (8192, 768)}
    hub.files = {"moss.safetensors": write(tmp_path / "moss.safetensors", lora).read_bytes()}
    hub.pace = 0.05
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.hub = True, hub
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        found = program.play(
            "model_download", tmp_path / "stage", timeout=240, resources=profile, out=real.OUT,
            hub=f"http://127.0.0.1:{server.server_port}",
        )  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
    assert "Blender is offline" in found["offline"]
    assert found["cancel_seconds"] < 3
    assert found["kind"] == "LORA"
    assert found["loras"] == [found["path"]]
    assert Path(found["path"]).parent.name == "owner--name"
    ranges = [headers.get("Range") for path, headers in hub.requests if "resolve" in path]
    assert len(ranges) == 2
    assert ranges[1].startswith("bytes=")  # It went on where it was stopped.
