"""The graphics card: what it does, what will fit on it, and who may use its memory. No torch but in measure.py."""
