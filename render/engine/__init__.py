"""Ada Realtime: lit surfaces drawn on the graphics card, in the viewport, for F12 and for captures.

What happens to a scene, in order: `collect` finds surfaces, instances and lights; `meshes` and `materials` put them on
the card; `lights` packs the light; `draw` makes the picture; `engine` is what Blender calls.
"""
