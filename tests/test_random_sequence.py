"""A minute of a restless user, shortened; the whole minute runs in the real program (tests/real)."""

from __future__ import annotations

import threading
import time

import pytest
from conftest import MODULE
from sphere_views import write_sphere


def test_nothing_is_left_behind(ext, tmp_path):
    pytest.importorskip("torch", reason="torch is not installed")
    import addon_utils
    import bpy
    from random_sequence import Restless

    write_sphere(tmp_path / "views")
    user = Restless(MODULE, tmp_path / "views", tmp_path, seed=7)
    queue = ext(".operators.queue").queue
    try:
        for _, _name in zip(range(120), user.actions(), strict=False):
            if queue.running or queue.waiting:
                queue.tick()
                time.sleep(0.05)
        assert len(user.done) >= 14, user.done
        assert user.jobs["CANCELLED"], user.jobs
        user.end()
        assert ext(".render.registry").registry.counts() == {}
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("ada")]
        assert not [
            one
            for name in dir(bpy.app.handlers)
            if isinstance(handlers := getattr(bpy.app.handlers, name), list)
            for one in handlers
            if "ada_forge" in one.__module__
        ]
    finally:
        bpy.ops.wm.read_factory_settings()  # Disables the extension once more.
        addon_utils.modules(refresh=True)
        assert addon_utils.enable(MODULE, default_set=True) is not None
