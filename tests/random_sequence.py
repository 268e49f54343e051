"""What a restless user does, in a random order that a seed fixes: operators, undo, files, jobs, disable and enable.

Used on the wheel (test_random_sequence.py) and in the real program with a window (real/inside/restless.py). The caller
lets time pass between two actions, and looks at the end at what is left behind.
"""

from __future__ import annotations

import importlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy

TINY = {"steps": 60, "coarse_resolution": 16, "resolution": 24, "levels": 2, "rays": 256, "holdout": 0}
LONG = {**TINY, "steps": 1_000_000}


class Restless:
    """Random actions on the enabled extension."""

    def __init__(self, module: str, dataset: Path, folder: Path, seed: int) -> None:
        self.module = module
        self.dataset = dataset
        self.file = folder / "restless 文件.blend"
        self.done: Counter[str] = Counter()
        self.jobs: Counter[str] = Counter()  # How the jobs ended.
        self._random = random.Random(seed)
        self._seen: set[int] = set()
        self._enabled = True
        bpy.ops.wm.save_as_mainfile(filepath=str(self.file))

    def ext(self, name: str):
        return importlib.import_module(self.module + name)

    def actions(self) -> Iterator[str]:
        """Do one random action after another; yields the name of what was done."""
        choices: list[tuple[int, Callable[[], None]]] = [
            (1, self.add_demo), (3, self.add_object), (2, self.add_crop_box), (2, self.delete), (3, self.undo),
            (2, self.redo), (2, self.undo_and_redo), (1, self.new_file), (1, self.save_file), (1, self.open_file),
            (5, self.start_tiny), (3, self.start_long), (3, self.cancel), (1, self.cancel_all), (1, self.clear),
            (1, self.doctor), (2, self.change_settings), (1, self.toggle),
        ]  # fmt: skip
        weights = [weight for weight, _ in choices]
        while True:
            (_, action) = self._random.choices(choices, weights)[0]
            if not self._enabled and action not in (self.undo, self.redo, self.new_file, self.open_file):
                action = self.toggle
            action()
            self.done[action.__name__] += 1
            self._look()
            yield action.__name__

    def pause(self) -> float:
        """Seconds until the next action: mostly short, now and then long enough for a job to end."""
        return self._random.choice([0.02, 0.05, 0.2, 1.0])

    def end(self) -> None:
        """Leave the extension disabled."""
        if self._enabled:
            self.toggle()

    def _look(self) -> None:
        if not self._enabled:
            return
        for task in self.ext(".operators.queue").queue.tasks:
            if task.state.name not in ("WAITING", "RUNNING") and id(task) not in self._seen:
                self._seen.add(id(task))
                self.jobs[task.state.name] += 1
                assert task.error is None, f"{task.label} failed: {task.error}\n{task.details}"

    def add_demo(self) -> None:
        assert bpy.ops.ada.demo_add('EXEC_DEFAULT', True) == {'FINISHED'}

    def add_object(self) -> None:
        assert bpy.ops.mesh.primitive_cube_add('EXEC_DEFAULT', True, size=0.5) == {'FINISHED'}

    def add_crop_box(self) -> None:
        assert bpy.ops.ada.crop_box_add('EXEC_DEFAULT', True) == {'FINISHED'}
        bpy.context.scene.ada.reconstruct.use_crop = False

    def delete(self) -> None:
        objects = list(bpy.context.scene.objects)
        if objects:
            bpy.data.objects.remove(self._random.choice(objects))
            bpy.ops.ed.undo_push(message="Delete")

    def undo(self) -> None:
        if bpy.ops.ed.undo.poll():
            bpy.ops.ed.undo()

    def redo(self) -> None:
        if bpy.ops.ed.redo.poll():
            bpy.ops.ed.redo()

    def undo_and_redo(self) -> None:
        """Takes back one step and does it again: the objects are the same ones."""
        if bpy.ops.ed.undo.poll():
            before = set(bpy.data.objects.keys())
            bpy.ops.ed.undo()
            assert bpy.ops.ed.redo() == {'FINISHED'}
            assert set(bpy.data.objects.keys()) == before

    def new_file(self) -> None:
        bpy.ops.wm.read_homefile(use_empty=self._random.random() < 0.3)

    def save_file(self) -> None:
        bpy.ops.wm.save_as_mainfile(filepath=str(self.file))

    def open_file(self) -> None:
        bpy.ops.wm.open_mainfile(filepath=str(self.file))

    def start_tiny(self) -> None:
        self._start(TINY)

    def start_long(self) -> None:
        self._start(LONG)

    def _start(self, values: dict[str, int]) -> None:
        """Through the queue, as from the panel; in background mode the operator itself would block."""
        settings = bpy.context.scene.ada.reconstruct
        settings.path = str(self.dataset)
        for name, value in values.items():
            setattr(settings, name, value)
        if not bpy.app.background:
            assert bpy.ops.ada.reconstruct_start('INVOKE_DEFAULT') == {'FINISHED'}
            return
        module, queue = self.ext(".operators.reconstruct"), self.ext(".operators.queue")
        operator = module.ADA_OT_reconstruct_start
        copied = operator.read(bpy.context)
        queue.queue.add(
            queue.Task(
                label=operator.bl_label,
                settings=copied,
                start=lambda: operator.start(copied),
                finish=lambda context, result: operator.finish(context, copied, result),
                answer=operator.answer(),
            )
        )

    def cancel(self) -> None:
        tasks = self.ext(".operators.queue").queue.tasks
        if tasks:
            bpy.ops.ada.job_cancel(number=self._random.choice(tasks).number)

    def cancel_all(self) -> None:
        if bpy.ops.ada.job_cancel_all.poll():
            bpy.ops.ada.job_cancel_all()

    def clear(self) -> None:
        bpy.ops.ada.job_clear()

    def doctor(self) -> None:
        bpy.ops.ada.doctor_run()

    def change_settings(self) -> None:
        settings = bpy.context.scene.ada
        settings.reconstruct.preset = self._random.choice(['DRAFT', 'NORMAL', 'HIGH'])
        settings.capture.train = self._random.randint(1, 100)

    def toggle(self) -> None:
        import addon_utils

        if self._enabled:
            addon_utils.disable(self.module)
            assert self.ext(".render.registry").registry.counts() == {}
            assert not hasattr(bpy.types.Scene, "ada")
        else:
            assert addon_utils.enable(self.module, default_set=True) is not None
        self._enabled = not self._enabled
