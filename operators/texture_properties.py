"""Settings of textures: what to make (`scene.ada.texture`) and what becomes of it (`scene.ada.texture_output`)."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..ai.diffusion.schedulers import SCHEDULERS
from ..render import compat
from .texture_adapter_properties import ADA_PG_texture_control, ADA_PG_texture_embedding, ADA_PG_texture_lora


def _has_pixels(group: bpy.types.PropertyGroup, image: bpy.types.Image) -> bool:
    return image.source in {'FILE', 'GENERATED', 'TILED'}


def _style_names(group: bpy.types.PropertyGroup, context: bpy.types.Context, typed: str) -> list[str]:
    from . import texture_presets  # It reads these properties.

    return [style.name for style in texture_presets.known_styles() if typed.lower() in style.name.lower()]


class TextureProperties:
    """Shared by `scene.ada.texture` and the operator that overrides it."""

    engine: EnumProperty(
        name="Engine",
        description="What makes the texture",
        items=(
            ('BUILT_IN', "Built-in Model", "The small model that ships with Ada Forge. It needs no download"),
            ('MODEL', "Diffusion Model", "Stable Diffusion and its relatives, from a folder of yours"),
            ('PROCEDURAL', "Procedural", "Exact materials, drawn at once at any size, with their true height"),
        ),
        default='BUILT_IN',
    )
    model: StringProperty(
        name="Model",
        description="A .safetensors file, or the folder of a diffusers model with its model_index.json",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    mode: EnumProperty(
        name="Start From",
        description="What the texture is made of, beside the prompt",
        items=(
            ('TEXT', "Prompt Only", "Nothing but the words"),
            ('IMAGE', "Image", "Change an image as far as the strength allows"),
            ('INPAINT', "Image and Mask", "Make a part of an image anew"),
            ('OUTPAINT', "Image and Border", "Go on with an image beyond its borders"),
            (
                'PROCEDURAL',
                "Procedural Material",
                "Change a drawn material as far as the strength allows",
            ),
        ),
        default='TEXT',
    )
    prompt: StringProperty(name="Prompt", description="What the texture shows, in English or Chinese")
    negative: StringProperty(name="Negative Prompt", description="What it should not show")
    style: StringProperty(name="Style", description="Words around every prompt; empty for none", search=_style_names)
    seed_mode: EnumProperty(
        name="Seed Mode",
        description="Which seed the next texture gets",
        items=(
            ('RANDOM', "Random", "A new one each time; it is shown below"),
            ('FIXED', "Fixed", "The same one: equal settings give equal pixels"),
            ('INCREMENT', "Increment", "The one after the last that was used"),
        ),
        default='RANDOM',
    )
    seed: IntProperty(name="Seed", description="Start of the random numbers", default=0, min=0)
    width: IntProperty(
        name="Width", description="Pixels of the texture", default=512, min=16, soft_min=128, soft_max=2048, max=8192
    )
    height: IntProperty(
        name="Height", description="Pixels of the texture", default=512, min=16, soft_min=128, soft_max=2048, max=8192
    )
    steps: IntProperty(
        name="Steps",
        description="Denoising steps; more take longer and show more detail",
        default=20,
        min=1,
        soft_max=60,
        max=1000,
    )
    guidance: FloatProperty(
        name="Guidance",
        description="How closely to follow the prompt, 0 takes what suits the model",
        default=0.0,
        min=0.0,
        soft_max=15.0,
        max=50.0,
    )
    count: IntProperty(name="Count", description="How many to choose from", default=1, min=1, soft_max=16, max=256)
    seamless: EnumProperty(
        name="Seamless",
        description="Along which axes the texture continues at its borders",
        items=(
            ('BOTH', "Both", "Left to right and bottom to top"),
            ('X', "X", "Left to right"),
            ('Y', "Y", "Bottom to top"),
            ('NONE', "None", "A picture with borders"),
        ),
        default='BOTH',
    )
    strength: FloatProperty(
        name="Strength",
        description="How far to leave the image behind: 1 keeps nothing of it",
        default=0.6,
        min=0.01,
        max=1.0,
    )
    scheduler: EnumProperty(
        name="Scheduler",
        description="How noise is taken away. Automatic is what suits the model",
        items=[(name, one.label, "") for name, one in SCHEDULERS.items()],
        default='AUTO',
    )
    add_left: IntProperty(
        name="Left", description="Pixels to add on this side", default=0, min=0, soft_max=512, max=4096
    )
    add_right: IntProperty(
        name="Right", description="Pixels to add on this side", default=0, min=0, soft_max=512, max=4096
    )
    add_top: IntProperty(name="Top", description="Pixels to add on this side", default=0, min=0, soft_max=512, max=4096)
    add_bottom: IntProperty(
        name="Bottom", description="Pixels to add on this side", default=0, min=0, soft_max=512, max=4096
    )
    variation: FloatProperty(
        name="Variation",
        description="How far the noise turns from that of the seed to that of the variation seed",
        default=0.0,
        min=0.0,
        max=1.0,
    )
    variation_seed: IntProperty(
        name="Variation Seed", description="Of the noise that the variation turns to", default=0, min=0
    )
    tiled_vae: BoolProperty(
        name="Tiled Decoding", description="Decode in tiles: less memory for large textures", default=False
    )
    mask_from: EnumProperty(
        name="Mask",
        description="What is made anew",
        items=(
            ('ALPHA', "Erased", "What the Erase Alpha brush took away in the Image Editor, and what is transparent"),
            ('IMAGE', "Mask Image", "What is white in another image"),
        ),
        default='ALPHA',
    )


class VaryProperties:
    """Shared by `scene.ada.texture_vary` and the operator that overrides it."""

    way: EnumProperty(
        name="Vary By",
        description="What stays of the texture",
        items=(
            ('NOISE', "Noise", "The same prompt from noise that resembles the texture's own"),
            ('IMAGE', "Image", "The picture itself, changed as far as the amount allows"),
        ),
        default='NOISE',
    )
    amount: FloatProperty(
        name="Amount", description="How far the new ones may go: 1 keeps nothing", default=0.35, min=0.01, max=1.0
    )
    count: IntProperty(name="Count", description="How many to choose from", default=4, min=1, max=64)


class UpscaleProperties:
    """Shared by `scene.ada.texture_upscale` and the operator that overrides it."""

    factor: FloatProperty(name="Factor", description="Times as wide and high", default=2.0, min=1.1, max=16.0)
    detail: BoolProperty(
        name="Add Detail",
        description="Let the diffusion model paint on the enlarged texture, in tiles, with the prompt",
        default=False,
    )
    strength: FloatProperty(
        name="Strength",
        description="How much the model may change: little keeps the picture, much invents",
        default=0.3,
        min=0.01,
        max=1.0,
    )


class OutputProperties:
    """Shared by `scene.ada.texture_output` and the operator that overrides it."""

    store: EnumProperty(
        name="Store",
        description="Where the image is kept",
        items=(
            ('PACK', "In This File", "Packed into the .blend file"),
            ('FILE', "As File", "A PNG file in a folder"),
        ),
        default='PACK',
    )
    folder: StringProperty(
        name="Folder",
        description="Where PNG files are written; a file that is there is kept, the new one gets a number",
        subtype='DIR_PATH',
        default="//textures",
        options=compat.BLEND_RELATIVE,
    )
    material: BoolProperty(
        name="New Material", description="Make a material of the texture and put it on the selection", default=False
    )
    tile_size: FloatProperty(
        name="Tile Size",
        description="Side that one repetition covers on the object",
        subtype='DISTANCE',
        default=1.0,
        min=0.001,
        soft_max=10.0,
    )
    mapping: EnumProperty(
        name="Mapping",
        description="How the texture lies on the object",
        items=(
            ('BOX', "Box", "From six sides, without a UV map"),
            ('UV', "UV Map", "Along the UV map of the mesh"),
        ),
        default='BOX',
    )
    maps: BoolProperty(
        name="PBR Maps", description="Normal, height, roughness and metallic as images of their own", default=False
    )
    displacement: EnumProperty(
        name="Relief",
        description="What the height does in the material",
        items=(
            ('BUMP', "Bump Only", "It changes the light, not the surface"),
            ('DISPLACEMENT', "Displacement", "It moves the surface, which must be subdivided"),
            ('BOTH', "Displacement and Bump", "It moves the surface, and changes the light where that is too coarse"),
        ),
        default='BUMP',
    )
    asset: BoolProperty(
        name="Mark as Asset", description="Show the material in the Asset Browser, with a preview", default=False
    )
    catalog: StringProperty(
        name="Catalog", description="Path in the Asset Browser, such as Materials/Stone", default="Ada/Textures"
    )
    tags: StringProperty(name="Tags", description="Words to find the asset by, with commas between them")


class ADA_PG_texture(TextureProperties, bpy.types.PropertyGroup):
    """Settings of textures."""

    loras: CollectionProperty(
        name="LoRAs", description="Files that change the model's style or subject", type=ADA_PG_texture_lora
    )
    embeddings: CollectionProperty(
        name="Embeddings", description="Files whose words the model learns", type=ADA_PG_texture_embedding
    )
    controls: CollectionProperty(
        name="ControlNets",
        description="What makes the model follow depth, normals or edges",
        type=ADA_PG_texture_control,
    )
    ip_adapter: StringProperty(
        name="IP-Adapter",
        description="A file whose network reads an image as a prompt; the folder image_encoder stands beside it",
        subtype='FILE_PATH',
        options=compat.BLEND_RELATIVE,
    )
    ip_image: PointerProperty(
        name="Image as Prompt", description="What the IP-Adapter is shown", type=bpy.types.Image, poll=_has_pixels
    )
    ip_weight: FloatProperty(
        name="Weight", description="How strongly it works", default=0.6, min=0.0, soft_max=1.0, max=2.0
    )
    source: PointerProperty(name="Image", description="What to start from", type=bpy.types.Image, poll=_has_pixels)
    mask: PointerProperty(
        name="Mask Image", description="White is made anew, black stays", type=bpy.types.Image, poll=_has_pixels
    )


class ADA_PG_texture_output(OutputProperties, bpy.types.PropertyGroup):
    """What becomes of a texture."""


class ADA_PG_texture_vary(VaryProperties, bpy.types.PropertyGroup):
    """Settings of More Like This."""


class ADA_PG_texture_upscale(UpscaleProperties, bpy.types.PropertyGroup):
    """Settings of Upscale Texture."""
