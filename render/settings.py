"""Settings that are changed for the user, so that they can be put back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

import bpy

from . import compat

# Where a setting is found from its owner: ("cycles", "samples") from a scene; in a collection, by `id`.
Place: TypeAlias = tuple[str, ...]


def place_of(path: str) -> Place:
    """The place of a dotted path such as "cycles.samples"."""
    return tuple(path.split("."))


def find(owner: Any, place: Place) -> Any:
    """What holds the setting, or None where this machine or this Blender has no such thing."""
    for name in place[:-1]:
        if isinstance(owner, bpy.types.bpy_prop_collection):
            owner = next((entry for entry in owner if entry.id == name), None)
        else:
            owner = getattr(owner, name, None)
        if owner is None:
            return None
    return owner if place[-1] in owner.bl_rna.properties else None


def read(owner: Any, place: Place) -> Any:
    """The value, a float as its shortest text would have it; None where there is no such setting."""
    holder = find(owner, place)
    if holder is None:
        return None
    value = getattr(holder, place[-1])
    return float(f"{value:.7g}") if isinstance(value, float) else value


def change(owner: Any, wanted: Mapping[Place, Any], memory: str) -> tuple[str, list[Place]]:
    """Write settings and note what they were.

    What was noted before stays noted, unless the user has changed the setting in between: then theirs counts.

    Args:
        owner: a scene, or the preferences of Cycles.
        wanted: the new value at each place. The order counts: some values exist only once others are set.
        memory: what this function returned for this owner last, or "".

    Returns:
        The new memory, and the places that did not take their value.
    """
    notes = noted(memory)
    refused = []
    for place, value in wanted.items():
        before = read(owner, place)
        holder = find(owner, place)
        if holder is None or not compat.set_value(holder, place[-1], value):
            refused.append(place)
            continue
        after = read(owner, place)
        if place in notes and notes[place][1] == before:
            before = notes[place][0]
        if before == after:
            notes.pop(place, None)
        else:
            notes[place] = (before, after)
    return _write_memory(notes), refused


def restore(owner: Any, memory: str) -> list[Place]:
    """Put every noted setting back that still is as it was set; return the places put back."""
    done = []
    for place, (before, after) in reversed(noted(memory).items()):
        if read(owner, place) == after and compat.set_value(find(owner, place), place[-1], before):
            done.append(place)
    return done


def split(memory: str, first: str) -> tuple[str, str]:
    """A memory in two: of the places that begin with a name, and of the others."""
    notes = noted(memory)
    chosen = {place: pair for place, pair in notes.items() if place[0] == first}
    return _write_memory(chosen), _write_memory({place: notes[place] for place in notes if place not in chosen})


def noted(memory: str) -> dict[Place, tuple[Any, Any]]:
    """What a memory holds: at each place the value before and after."""
    return {tuple(place): (before, after) for place, before, after in json.loads(memory or "[]")}


def _write_memory(notes: dict[Place, tuple[Any, Any]]) -> str:
    rows = [[list(place), before, after] for place, (before, after) in notes.items()]
    return json.dumps(rows) if rows else ""
