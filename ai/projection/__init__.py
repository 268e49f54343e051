"""Photographs onto a mesh with UVs: a texture from the views that saw each place best."""
