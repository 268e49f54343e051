"""What is remembered of the models on this computer between two sessions: folders, and what was found in them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ...files import write_json
from .catalogue import Catalogue
from .families import KINDS
from .inspect import ModelInfo


@dataclass(slots=True)
class Shelf:
    """The user's folders and the models in them. The built-in one is not among them."""

    folders: list[Path] = field(default_factory=list)
    models: list[ModelInfo] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)  # Taken out of the list by the user; the files are still there.

    @classmethod
    def load(cls, path: Path) -> Shelf:
        """What `save` wrote; models whose files are gone are left out. A file that is none gives an empty shelf.

        All of it can be had again by a scan, so a damaged file is no reason to stop.
        """
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            known = {entry.name for entry in fields(ModelInfo)}
            models = [_model({k: v for k, v in row.items() if k in known}) for row in document["models"]]
            folders, hidden = ([Path(text) for text in document[name]] for name in ("folders", "hidden"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return cls()
        return cls(folders, [info for info in models if info.path.exists()], hidden)

    def save(self, path: Path) -> None:
        """Write it as JSON.

        Raises:
            AdaError: it could not be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        models = [asdict(info) | {"path": str(info.path)} for info in self.models]
        folders, hidden = ([str(one) for one in paths] for paths in (self.folders, self.hidden))
        write_json(path, {"folders": folders, "models": models, "hidden": hidden})

    def replace(self, found: Catalogue) -> None:
        """Take over what a scan of all folders found, without what the user took out of the list."""
        self.models = [info for info in found.models[1:] if info.path not in self.hidden]

    def add(self, info: ModelInfo) -> None:
        """Put one model in its place, instead of what stood under its path."""
        self.hidden = [path for path in self.hidden if path != info.path]
        self.models = [other for other in self.models if other.path != info.path] + [info]
        self.models.sort(key=lambda one: (KINDS.index(one.kind), one.name.lower()))

    def remove(self, path: Path) -> None:
        """Take a model out of the list; a later scan does not bring it back."""
        self.models = [info for info in self.models if info.path != path]
        if path not in self.hidden:
            self.hidden.append(path)

    def find(self, path: Path) -> ModelInfo | None:
        """The model of a path."""
        return next((info for info in self.models if info.path == path), None)


def _model(row: dict[str, Any]) -> ModelInfo:
    if row["kind"] not in KINDS:
        raise ValueError(row["kind"])
    return ModelInfo(**(row | {"path": Path(row["path"])}))
