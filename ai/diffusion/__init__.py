"""Text and pictures to seamless textures, by any diffusers model or the small one that ships in `default/`.

In order: `settings.py` (what is asked for), `chinese.py` (prompts), `load.py` (a model folder on a device),
`seamless.py` (convolutions that wrap around), `generate.py` (the job), `upscaler.py`, `seam.py` (how seamless it is).
"""
