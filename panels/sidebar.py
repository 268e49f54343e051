"""What all panels of the "Ada" tab share."""


class Sidebar:
    """Mix-in: a panel of the "Ada" tab."""

    bl_space_type = 'VIEW_3D'
    bl_region_type = 'UI'
    bl_category = "Ada"


class ImageSidebar:
    """Mix-in: the same in the Image Editor."""

    bl_space_type = 'IMAGE_EDITOR'
    bl_region_type = 'UI'
    bl_category = "Ada"
