"""What all panels of the "Ada" tab share."""


class Sidebar:
    """Mix-in: a panel of the "Ada" tab."""

    bl_space_type = 'VIEW_3D'
    bl_region_type = 'UI'
    bl_category = "Ada"
