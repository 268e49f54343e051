"""How the weights of `ai/pbr/` come to be. `python ai/training/pbr/train.py`.

Read in this order: `samples.py` (procedural tiles under chance lamps), `estimator.py` (the network in torch), `fit.py`,
`train.py`.

`log.csv` is that of the weights that ship: 1400 steps at rates of 2e-3, which proved too high, then on from the
averaged weights at the present ones; 21 minutes of one thread in all.
"""
