"""Procedural materials: exact parameters to tileable colour, height, roughness and normal maps. NumPy alone.

Read in this order: `recipe.py` (what can be asked for), `noise.py` (the drawing surface), the material families
(`masonry.py`, `stone.py`, `ground.py`, `nature.py`, `fabric.py`, `metal.py`, `pattern.py`),
`wear.py`, `light.py`, `catalog.py` (the list of materials), `draw.py`, `caption.py` (words), `generate.py` (the job).
"""
