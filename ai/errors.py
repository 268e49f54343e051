"""The one error that reaches the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Words(tuple[str, ...]):
    """English words among the values of a sentence, which the interface translates one by one; as text with commas."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def fill_in(message: str, values: Mapping[str, object], translate: Callable[[str], str]) -> str:
    """A template with its values, both in the interface's language."""
    shown = {
        name: Words(map(translate, value)) if isinstance(value, Words) else value for name, value in values.items()
    }
    return translate(message).format(**shown)


class AdaError(Exception):
    """What cannot be done, in one sentence that says what to do next.

    The sentence is a `str.format` template in English and stays untranslated here; the values are kept
    apart, so that the interface can translate the template first and fill it in afterwards.

    Args:
        message: the template, for instance `"'{name}' is not a JSON file. Choose a transforms.json"`.
        values: what its fields stand for.
    """

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message.format(**self.values)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (self.message, self.values)


def _rebuild(message: str, values: dict[str, object]) -> AdaError:
    return AdaError(message, **values)
