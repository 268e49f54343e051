"""PBR maps out of one picture. NumPy alone, but for `marigold.py`.

Read in this order: `settings.py` (what can be asked for), `network.py` (the trained estimator), `relief.py` (heights
of any size from its slopes), `occlusion.py`, `maps.py` (the job), `marigold.py` (the same from a model of the user's).
"""
