"""From posed photographs to a mesh: load, carve, fit a field by volume rendering, extract. Pure torch, CPU or CUDA."""
