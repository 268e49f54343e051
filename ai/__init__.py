"""The pure half: numpy, torch and diffusers. Nothing below imports bpy, gpu or mathutils."""
