"""How the weights of `ai/pbr/` come to be. `python ai/training/pbr/train.py`.

Read in this order: `samples.py` (procedural tiles under chance lamps), `train.py`.
"""
