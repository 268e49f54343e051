"""Ada Forge: entry point of the extension, registration only."""


def register() -> None:
    from . import operators, panels

    operators.register()
    panels.register()
    operators.doctor.open_folders()


def unregister() -> None:
    from . import operators, panels
    from .render.registry import registry

    operators.stop()
    panels.unregister()
    operators.unregister()
    registry.clear()
