"""Photos before they are learned from: which are good, where they were taken, what belongs to the object."""
