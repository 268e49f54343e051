"""The textured mesh as Blender shows it, against the test photographs.

`measure` reconstructs by the headless command, in a process of its own, and lets another draw the written object
unlit, Standard, from the test cameras. As a script (`textured_views.py BLEND FOLDER OUT`) it is that other process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BLACK = 0.02  # Every channel of a black texel is below.
LOOK = 4096  # Texels along a side at which overlaps are searched.


def measure(folder: Path, field: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """Unwrap, bake, draw and compare.

    Args:
        folder: of the dataset.
        field: what `ours` has kept of it; learned now where it is absent.
        changes: settings of the reconstruction.
    """
    stem = folder.parent / f"{folder.name}-textured"
    blend = stem.with_suffix(".blend")
    settings = {"device": "CPU", **changes}
    command = [sys.executable, ROOT / "operators" / "batch.py", "reconstruct", "--transforms", folder, "--out", blend]
    command += ["--field", field, "--resume"]
    command += [f"--set=reconstruct.{name}={value}" for name, value in settings.items()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    script = [sys.executable, __file__, blend, folder, stem.with_suffix(".npz")]
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    stored = np.load(stem.with_suffix(".npz"))
    found = {name: stored[name].item() for name in ("faces", "texels", "black", "overlaps")}
    return compare(folder, stored["views"]) | found


def compare(folder: Path, views: np.ndarray) -> dict[str, Any]:
    """Drawn views (n, h, w, 4), straight in [0, 1], against the test photographs over white."""
    from ada_forge.ai.nerf.dataset import load
    from ada_forge.ai.nerf.metrics import psnr_of
    from PIL import Image

    scores, overlaps, pairs = [], [], []
    for view, drawn in zip(load(folder).test, views):
        photo = view.rgba.astype(np.float32) / 255
        both = [rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:] for rgba in (photo, drawn)]
        masks = [rgba[..., 3] >= 0.5 for rgba in (photo, drawn)]
        scores.append(psnr_of(float(np.square(both[0] - both[1]).mean())))
        overlaps.append(float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()))
        pairs.append(np.concatenate([*both, np.abs(both[0] - both[1])], 0))
    sheet = (np.concatenate(pairs, 1).clip(0, 1) * 255).round().astype(np.uint8)
    Image.fromarray(sheet).save(ROOT / "tests" / "out" / f"{folder.name}-textured.png")
    return {
        "psnr": round(float(np.mean(scores)), 3), "psnr_worst": round(min(scores), 3),
        "iou": round(float(np.mean(overlaps)), 4), "iou_worst": round(min(overlaps), 4),
    }  # fmt: skip


def draw(blend: Path, folder: Path, out: Path) -> None:
    """Draw the object of a file from the test cameras of a dataset; look at its texture and its islands."""
    import bpy
    import objects
    from mathutils import Matrix

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    obj = bpy.context.view_layer.objects.active  # What was reconstructed is the active one.
    image = _unlit(obj.active_material)
    scene = bpy.context.scene
    for other in list(scene.objects):
        if other != obj:
            bpy.data.objects.remove(other)
    content = json.loads((folder / "transforms_test.json").read_text())
    camera = objects.studio(64, False)
    views = []
    for frame in content["frames"]:
        photo = bpy.data.images.load(str(folder / (frame["file_path"] + ".png")))
        scene.render.resolution_x, scene.render.resolution_y = photo.size
        camera.data.angle_x = content["camera_angle_x"]
        camera.matrix_world = Matrix(frame["transform_matrix"])
        scene.render.filepath = str(out.with_suffix(".png"))
        bpy.ops.render.render(write_still=True)
        views.append(_pixels(bpy.data.images.load(scene.render.filepath))[::-1])
    out.with_suffix(".png").unlink()
    np.savez_compressed(out, views=np.stack(views), **_look(obj.data, _pixels(image)))


def _pixels(image: Any) -> np.ndarray:
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], 4)


def _unlit(material: Any) -> Any:
    """Let a material shine in the colours of its texture; return that."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    (node,) = (node for node in nodes if node.type == 'TEX_IMAGE')
    emission = nodes.new("ShaderNodeEmission")
    links.new(node.outputs["Color"], emission.inputs["Color"])
    links.new(emission.outputs[0], nodes["Material Output"].inputs["Surface"])
    return node.image


def _look(mesh: Any, texture: np.ndarray) -> dict[str, int]:
    """Texels that faces cover and the black ones among them; faces whose islands lie over others'."""
    from ada_forge.ai.projection.atlas import find_texels
    from ada_forge.ai.projection.raster import overlapping_faces

    mesh.calc_loop_triangles()
    loops, uv = np.empty(3 * len(mesh.loop_triangles), np.int32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.loop_triangles.foreach_get("loops", loops)
    mesh.uv_layers.active.data.foreach_get("uv", uv)
    corners = uv.reshape(-1, 2)[loops].reshape(-1, 3, 2)
    shown = texture.reshape(-1, 4)[find_texels(corners, len(texture)).index]
    black = (shown[:, :3] < BLACK).all(1)
    overlaps = overlapping_faces(corners, LOOK)
    return {"faces": len(corners), "texels": len(shown), "black": int(black.sum()), "overlaps": len(overlaps)}


if __name__ == "__main__":
    import types

    stub = types.ModuleType("ada_forge")
    stub.__path__ = [str(ROOT)]
    sys.modules["ada_forge"] = stub
    draw(*(Path(argument) for argument in sys.argv[1:4]))
