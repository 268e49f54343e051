"""The half that talks to Blender: scenes, pictures, meshes, files, the viewport. No torch, no interface."""
