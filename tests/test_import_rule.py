"""Who may import whom, read off the syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT

FOLDERS = ("ai", "render", "operators", "panels")
BLENDER = {
    "bpy",
    "bpy_extras",
    "bpy_restrict_state",
    "bl_ui",
    "gpu",
    "gpu_extras",
    "mathutils",
    "blf",
    "bmesh",
    "bgl",
    "aud",
}
BLENDER |= {"addon_utils", "idprop", "imbuf", "freestyle", "rna_prop_ui", "bl_operators", "bl_pkg"}
TORCH = {
    "torch",
    "torchvision",
    "torchaudio",
    "diffusers",
    "transformers",
    "accelerate",
    "peft",
    "safetensors",
    "xformers",
}
PANEL_RENDER = {"compat"}  # The one part of render/ that panels may know.
UI_BASES = {
    "Panel",
    "Menu",
    "Header",
    "UIList",
    "Operator",
    "FileHandler",
    "AddonPreferences",
    "Macro",
    "Gizmo",
    "GizmoGroup",
}


@dataclass(frozen=True)
class Import:
    file: str
    line: int
    target: str  # "ai.nerf.train" for one of our own modules, else the absolute name.
    own: bool
    top: bool  # Runs when the module is imported.

    @property
    def package(self) -> str:
        return self.target.split(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"


def sources() -> list[Path]:
    return [ROOT / "__init__.py"] + [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def name_of(path: Path) -> str:
    """ "ai.nerf.train" for ai/nerf/train.py, "ai.nerf" for its `__init__`, "" for the root's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sources()}


def walk(node: ast.AST, top: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Nodes with whether they run at import. What is under TYPE_CHECKING never runs."""
    for child in ast.iter_child_nodes(node):
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield other, top
                yield from walk(other, top)
            continue
        yield child, top
        yield from walk(child, top and not inside)


@cache
def imports(module: str) -> tuple[Import, ...]:
    path = MODULES[module]
    file = path.relative_to(ROOT).as_posix()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = []
    for node, top in walk(ast.parse(path.read_text(encoding="utf-8"), file), True):
        if isinstance(node, ast.Import):
            found += [Import(file, node.lineno, alias.name, False, top) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(Import(file, node.lineno, node.module or "", False, top))
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".") if package else []
            assert node.level - 1 <= len(parts), f"{file}:{node.lineno} leaves the extension"
            base = parts[: len(parts) - node.level + 1] + (node.module.split(".") if node.module else [])
            for alias in node.names:  # `from .nerf import train` names a module, `from .job import run` a thing in one.
                whole = ".".join([*base, alias.name])
                found.append(Import(file, node.lineno, whole if whole in MODULES else ".".join(base), True, top))
    return tuple(found)


@cache
def reached(module: str) -> frozenset[str]:
    """Absolute top-level packages that importing one of our modules imports, through all our modules it reaches."""
    seen, todo, packages = set(), [module], set()
    while todo:
        name = todo.pop()
        if name in seen or name not in MODULES:
            continue
        seen.add(name)
        if name:
            todo.append(name.rpartition(".")[0])  # The packages that hold it are imported as well.
        for one in imports(name):
            if one.top:
                if one.own:
                    todo.append(one.target)
                else:
                    packages.add(one.package)
    return frozenset(packages)


def of(folder: str) -> list[Import]:
    return [one for name in MODULES if name.split(".")[0] == folder for one in imports(name)]


def broken(folder: str, *, packages: set[str] = frozenset(), own: set[str] = frozenset()) -> list[str]:
    return [str(one) for one in of(folder) if one.package in (own if one.own else packages)]


def test_the_sources_are_found():
    assert {"ai.job", "render.registry", "operators.queue", "panels.menus", ""} <= set(MODULES)
    assert "torch" in reached("ai.nerf.train")


def test_own_modules_are_imported_relatively():
    """A file that is run as a script has no package of its own."""
    scripts = {name for name, path in MODULES.items() if '__name__ == "__main__"' in path.read_text(encoding="utf-8")}
    own = {*FOLDERS, "ada_forge"}
    assert not [
        str(one) for name in set(MODULES) - scripts for one in imports(name) if not one.own and one.package in own
    ]


def test_relative_imports_name_modules_that_exist():
    assert not [str(one) for name in MODULES for one in imports(name) if one.own and one.target not in MODULES]


def test_ai_is_pure():
    assert not broken("ai", packages=BLENDER, own={"render", "operators", "panels", ""})


def test_torch_stays_in_the_capability_folders():
    outside = [name for name in MODULES if name.startswith("ai.") and MODULES[name].parent == ROOT / "ai"] + ["ai"]
    assert not [str(one) for name in outside for one in imports(name) if one.package in TORCH]


@pytest.mark.parametrize("folder", ["render", "operators", "panels"])
def test_torch_comes_only_through_ai(folder):
    assert not broken(folder, packages=TORCH)


@pytest.mark.parametrize("folder", ["render", "operators", "panels"])
def test_what_is_imported_at_the_top_reaches_no_torch(folder):
    heavy = [one for one in of(folder) if one.top and one.own and one.package == "ai" and reached(one.target) & TORCH]
    assert not [f"{one}, which imports {sorted(reached(one.target) & TORCH)}" for one in heavy]


def test_render_knows_neither_operators_nor_panels():
    assert not broken("render", own={"operators", "panels", ""})


def test_render_takes_only_torch_free_things_of_ai():
    assert not [str(one) for one in of("render") if one.own and one.package == "ai" and reached(one.target) & TORCH]


def test_render_defines_nothing_of_the_interface():
    found = []
    for name in MODULES:
        if name.split(".")[0] == "render":
            for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                    found += [f"{name}.{node.name}"] if bases & UI_BASES else []
    assert not found


def test_operators_know_no_panels():
    assert not broken("operators", own={"panels", ""})


def test_panels_know_of_render_only_the_versions():
    others = [one for one in of("panels") if one.own and one.package == "render"]
    assert not [str(one) for one in others if one.target.split(".")[1:] not in [[name] for name in PANEL_RENDER]]


def test_panels_take_only_torch_free_things_of_ai():
    assert not [str(one) for one in of("panels") if one.own and one.package == "ai" and reached(one.target) & TORCH]


def test_the_entry_point_imports_nothing_at_its_top():
    mine = imports("")
    assert not [str(one) for one in mine if one.top]
    assert not [str(one) for one in mine if not one.own or one.package == "ai"]
