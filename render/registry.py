"""One place that gives and takes back whatever Blender calls by itself.

Blender cannot list all handlers, timers, draw handlers and message-bus owners that an extension holds, and one that
stays behind hangs Blender 4.5 at exit and crashes 4.2. Everything is therefore taken here, and counted.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import bpy


class Registry:
    """What the extension holds at this moment, by token."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[str, Callable[[], None]]] = {}
        self._tokens = itertools.count(1)

    def hold(self, kind: str, release: Callable[[], None]) -> int:
        """Note one thing of a kind and how to give it back; return its token."""
        token = next(self._tokens)
        self._held[token] = (kind, release)
        return token

    def remove(self, token: int) -> None:
        """Give one thing back. A token that is gone already is passed over."""
        if token in self._held:
            _, release = self._held.pop(token)
            release()

    def clear(self) -> None:
        """Give everything back, newest first."""
        for token in sorted(self._held, reverse=True):
            self.remove(token)

    def counts(self) -> dict[str, int]:
        """How many things of each kind are held."""
        return dict(Counter(kind for kind, _ in self._held.values()))

    def add_timer(self, function: Callable[[], float | None], first_interval: float = 0.0) -> int:
        """Have `function` called until it returns None; it survives the loading of a file."""
        bpy.app.timers.register(function, first_interval=first_interval, persistent=True)

        def release() -> None:
            if bpy.app.timers.is_registered(function):
                bpy.app.timers.unregister(function)

        return self.hold("timer", release)

    def add_handler(self, name: str, function: Callable[..., None]) -> int:
        """Append `function` to `bpy.app.handlers.<name>`; it survives the loading of a file."""
        handlers = getattr(bpy.app.handlers, name)
        kept = bpy.app.handlers.persistent(function)
        handlers.append(kept)

        def release() -> None:
            if kept in handlers:
                handlers.remove(kept)

        return self.hold("handler", release)

    def subscribe(self, key: Any, notify: Callable[[], None]) -> int:
        """Have `notify` called when the property changes. Loading a file ends that: subscribe again after it."""
        owner = object()
        bpy.msgbus.subscribe_rna(key=key, owner=owner, args=(), notify=notify)
        return self.hold("message bus", lambda: bpy.msgbus.clear_by_owner(owner))

    def add_draw_handler(
        self, space_type: Any, callback: Callable[[], None], region_type: str = 'WINDOW', draw_type: str = 'POST_VIEW'
    ) -> int:
        """Have `callback` draw in every region of a space, a class such as `bpy.types.SpaceView3D`."""
        handle = space_type.draw_handler_add(callback, (), region_type, draw_type)
        return self.hold("draw handler", lambda: space_type.draw_handler_remove(handle, region_type))


registry = Registry()
