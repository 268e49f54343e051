"""How the built-in model is made: `python ai/training/default/train.py --help`.

In order: `architecture.py` (the networks), `stream.py` (endless captioned tiles), `vocabulary.py` (tokenizer),
`autoencoder.py`, `denoiser.py` and `upscaler.py` (the three trainings), `export.py` (the folder that ships).
"""
