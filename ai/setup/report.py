"""The doctor's report: rows of a name, a value, how good that is, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

State: TypeAlias = Literal['OK', 'INFO', 'WARNING', 'ERROR']
STATES: tuple[State, ...] = ('OK', 'INFO', 'WARNING', 'ERROR')  # From good to bad.


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `name`, `value` and `hint` are `str.format` templates in English over `values`, as in `AdaError`."""

    name: str
    value: str
    state: State
    hint: str = ""  # What to do; empty where there is nothing to do.
    values: Mapping[str, object] = field(default_factory=dict)

    def filled(self) -> tuple[str, str, str]:
        """Name, value and hint in English, filled in."""
        return self.name.format(**self.values), self.value.format(**self.values), self.hint.format(**self.values)


@dataclass(frozen=True, slots=True)
class Report:
    """All rows, the packages to install and the command for that, ready to paste."""

    rows: tuple[Row, ...]
    missing: tuple[str, ...] = ()  # Names to install, required ones first.
    install: str = ""  # Empty where nothing is missing.

    @property
    def state(self) -> State:
        """The worst state of all rows."""
        return max((row.state for row in self.rows), key=STATES.index, default='OK')


def as_text(report: Report) -> str:
    """The report in English, to paste into a message."""
    lines = ["Ada Forge Doctor"]
    for row in report.rows:
        name, value, hint = row.filled()
        lines.append(f"[{row.state:^7}] {name}: {value}")
        if hint:
            lines.append(f"{'':10}{hint}")
    if report.install:
        lines += ["", "To install what is missing, run in a terminal:", report.install]
    return "\n".join(lines)


def as_dict(report: Report) -> dict[str, Any]:
    """The report in English as what JSON can hold."""
    rows = [dict(zip(("name", "value", "hint"), row.filled()), state=row.state) for row in report.rows]
    return {"state": report.state, "rows": rows, "missing": list(report.missing), "install": report.install}
