"""Ada Realtime against closed forms, without a window."""

from __future__ import annotations

import math

import numpy as np
import pytest

SIDE = 64
SCALE = 2.4  # Width of the picture in scene units.
BASE, METALLIC, ROUGHNESS = np.array([0.8, 0.4, 0.2]), 0.3, 0.5
AMBIENT = np.array([0.05, 0.06, 0.08])
LAMP = np.array([1.2, -3.0, 1.5])
STEP = 1.0 / 255.0


@pytest.fixture
def engine(ext):
    return ext(".render.engine.engine")


@pytest.fixture
def scene(engine, ext):
    """An empty scene, seen along +y by an orthographic camera."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.engine = 'ADA_REALTIME'
    render.resolution_x = render.resolution_y = SIDE
    render.resolution_percentage = 100
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = 'ORTHO', SCALE
    camera.location, camera.rotation_euler = (0, -5, 0), (math.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.world = bpy.data.worlds.new("World")
    background = ext(".render.compat").nodes_of(scene.world).nodes["Background"]
    background.inputs["Color"].default_value = (*AMBIENT, 1.0)
    background.inputs["Strength"].default_value = 1.0
    return scene


@pytest.fixture
def shoot(engine, scene, monkeypatch):
    """Render; return the picture and (normal, depth), both (side, side, 4) with the upper row first."""
    import bpy

    textures = []
    read = engine.read_texture
    monkeypatch.setattr(engine, "read_texture", lambda texture: textures.append(read(texture)) or textures[-1])

    def render():
        textures.clear()
        bpy.ops.render.render()
        geometry, picture = textures
        return picture[::-1], geometry[::-1]

    return render


def principled(ext, color=BASE, metallic=METALLIC):
    import bpy

    material = bpy.data.materials.new("Paint")
    node = ext(".render.compat").nodes_of(material).nodes["Principled BSDF"]
    node.inputs["Base Color"].default_value = (*color, 1.0)
    node.inputs["Metallic"].default_value = metallic
    node.inputs["Roughness"].default_value = ROUGHNESS
    return material


def add_sphere(material=None):
    import bpy

    bpy.ops.mesh.primitive_uv_sphere_add(segments=256, ring_count=128, radius=1.0)
    sphere = bpy.context.object
    sphere.data.shade_smooth()
    if material is not None:
        sphere.data.materials.append(material)
    return sphere


def add_lamp(scene, kind, strength, place=LAMP, **values):
    """A lamp at a place that shines at the origin."""
    import bpy
    from mathutils import Vector

    data = bpy.data.lights.new("Lamp", kind)
    data.energy = strength
    for name, value in values.items():
        setattr(data, name, value)
    lamp = bpy.data.objects.new("Lamp", data)
    lamp.location = place
    lamp.rotation_euler = (-Vector(place)).to_track_quat('-Z', 'Y').to_euler()
    scene.collection.objects.link(lamp)
    return lamp


def sample_points():
    """Where the rays of the 2 x 2 samples of each pixel meet the unit sphere: (side, side, 4, 3), NaN outside."""
    at = (np.arange(2 * SIDE) + 0.5) / (2 * SIDE) * SCALE - SCALE / 2
    x, z = np.meshgrid(at, at[::-1])
    with np.errstate(invalid="ignore"):
        points = np.stack([x, -np.sqrt(1.0 - x**2 - z**2), z], axis=-1)
    return points.reshape(SIDE, 2, SIDE, 2, 3).transpose(0, 2, 1, 3, 4).reshape(SIDE, SIDE, 4, 3)


def shade(points, to_light, irradiance):
    """Lambert and normalised Blinn-Phong on the unit sphere, written from the formulas."""
    exponent = 2.0 / ROUGHNESS**4 - 2.0
    facing = np.clip((points * to_light).sum(-1), 0.0, None)
    middle = np.add(to_light, (0.0, -1.0, 0.0))
    middle /= np.linalg.norm(middle, axis=-1, keepdims=True)
    glossy = (exponent + 8) / (8 * math.pi) * np.clip((points * middle).sum(-1), 0.0, None) ** exponent
    diffuse, reflected = BASE * (1 - METALLIC), 0.04 * (1 - METALLIC) + BASE * METALLIC
    light = (irradiance * facing)[..., None] * (diffuse / math.pi + reflected * glossy[..., None])
    return (light + AMBIENT * (diffuse + reflected)).mean(axis=2)


def expected(kind, strength):
    points = sample_points()
    offset = LAMP - points
    distance = np.linalg.norm(offset, axis=-1)
    to_light = offset / distance[..., None]
    axis = -LAMP / np.linalg.norm(LAMP)
    along = -(to_light * axis).sum(-1)
    if kind == 'SUN':
        return shade(points, np.broadcast_to(-axis, points.shape), np.full(distance.shape, strength))
    if kind == 'AREA':
        return shade(points, to_light, strength / math.pi * along / distance**2)
    intensity = strength / (4 * math.pi) / distance**2
    if kind == 'SPOT':
        outer = math.cos(math.radians(10))
        edge = np.clip((along - outer) / ((1 - outer) * 0.6), 0.0, 1.0)
        intensity = intensity * edge**2 * (3 - 2 * edge)
    return shade(points, to_light, intensity)


@pytest.mark.parametrize(
    ("kind", "strength", "values"),
    [
        ('POINT', 120.0, {}),
        ('SUN', 2.0, {}),
        ('SPOT', 200.0, {"spot_size": math.radians(20), "spot_blend": 0.6}),
        ('AREA', 40.0, {}),
    ],
)
def test_a_lit_sphere_is_its_closed_form(ext, scene, shoot, kind, strength, values):
    add_sphere(principled(ext))
    add_lamp(scene, kind, strength, **values)
    picture, _ = shoot()
    truth = expected(kind, strength)
    inside = np.linalg.norm(sample_points()[..., [0, 2]], axis=-1).max(axis=2) < 0.97
    error = np.abs(picture[inside][:, :3] - truth[inside])
    assert error.max() < STEP, error.max()
    assert truth[inside].max() - truth[inside].min() > 0.2
    assert (picture[inside][:, 3] == 1.0).all()


def test_depth_and_normal(ext, scene, shoot):
    scene.render.film_transparent = True
    add_sphere()
    picture, geometry = shoot()
    points = sample_points()
    inside = np.linalg.norm(points[..., [0, 2]], axis=-1).max(axis=2) < 0.97
    nearest = np.take_along_axis(points, points[..., 1].argmin(axis=2)[..., None, None], axis=2)[:, :, 0]
    assert np.abs(geometry[inside][:, 3] - (5.0 + nearest[inside][:, 1])).max() < 1e-3
    assert np.abs(geometry[inside][:, :3] - nearest[inside]).max() < 5e-3
    assert geometry[0, 0, 3] == pytest.approx(1e10)
    assert picture[0, 0].tolist() == [0, 0, 0, 0]
    edge = picture[..., 3][(picture[..., 3] > 0) & (picture[..., 3] < 1)]
    assert set(np.unique(edge)) <= {0.25, 0.5, 0.75}  # Anti-aliased, and premultiplied.


def test_the_world_is_behind_an_opaque_film(scene, shoot):
    picture, _ = shoot()
    assert np.allclose(picture, [*AMBIENT, 1.0])


def test_a_mirrored_object_is_lit_from_the_same_side(ext, scene, shoot):
    sphere = add_sphere(principled(ext))
    add_lamp(scene, 'POINT', 120.0)
    picture, _ = shoot()
    sphere.scale = (-1.0, 1.0, 1.0)
    mirrored, _ = shoot()
    assert np.abs(picture - mirrored).max() < STEP


def test_back_faces_are_culled_only_where_the_material_says_so(ext, scene, shoot):
    import bpy

    material = principled(ext)
    bpy.ops.mesh.primitive_plane_add(size=1.0, rotation=(-math.pi / 2, 0, 0))  # Its back is seen.
    bpy.context.object.data.materials.append(material)
    scene.render.film_transparent = True
    picture, geometry = shoot()
    middle = SIDE // 2
    assert picture[middle, middle, 3] == 1.0
    assert geometry[middle, middle, :3] == pytest.approx((0, -1, 0), abs=1e-5)  # Towards the eye.
    material.use_backface_culling = True
    assert shoot()[0][middle, middle, 3] == 0.0


def image(name, pixel, data=False):
    import bpy

    picture = bpy.data.images.new(name, 4, 4, float_buffer=True, is_data=data)
    picture.pixels.foreach_set(np.tile(np.array([*pixel, 1.0], dtype=np.float32), 16))
    picture.update()
    return picture


@pytest.mark.parametrize("what", ["texture", "colours", "normals"])
def test_textures_and_vertex_colours_of_the_principled_shader(ext, scene, shoot, what):
    import bpy

    material = principled(ext, color=(0.8, 0.8, 0.8), metallic=0.0)
    tree = material.node_tree
    surface = tree.nodes["Principled BSDF"]
    surface.inputs["Specular IOR Level"].default_value = 0.0
    bpy.ops.mesh.primitive_plane_add(size=2.0, rotation=(math.pi / 2, 0, 0))
    plane = bpy.context.object.data
    plane.materials.append(material)
    color, normal = np.array([0.6, 0.3, 0.1]), np.array([0.0, -1.0, 0.0])
    if what == "texture":
        node = tree.nodes.new('ShaderNodeTexImage')
        node.image = image("Base", color)
        tree.links.new(node.outputs["Color"], surface.inputs["Base Color"])
    elif what == "colours":
        attribute = plane.color_attributes.new("Paint", 'FLOAT_COLOR', 'POINT')
        attribute.data.foreach_set("color", np.tile(np.array([*color, 1.0], dtype=np.float32), 4))
        node = tree.nodes.new('ShaderNodeVertexColor')
        node.layer_name = "Paint"
        tree.links.new(node.outputs["Color"], surface.inputs["Base Color"])
    else:
        color = np.array([0.8, 0.8, 0.8])
        node = tree.nodes.new('ShaderNodeTexImage')
        node.image = image("Normal", (0.8, 0.5, 0.9), data=True)  # (0.6, 0, 0.8): leans along u, which is +x here.
        bump = tree.nodes.new('ShaderNodeNormalMap')
        tree.links.new(node.outputs["Color"], bump.inputs["Color"])
        tree.links.new(bump.outputs["Normal"], surface.inputs["Normal"])
        normal = np.array([0.6, -0.8, 0.0])
    add_lamp(scene, 'SUN', 2.0)
    picture, geometry = shoot()
    middle = SIDE // 2
    facing = normal @ (LAMP / np.linalg.norm(LAMP))
    assert np.abs(geometry[middle, middle, :3] - normal).max() < STEP
    assert np.abs(picture[middle, middle, :3] - color * (2.0 * facing / math.pi + AMBIENT)).max() < STEP


def test_a_mesh_stored_by_point_looks_as_by_corner(ext, scene, shoot, monkeypatch):
    """A texture needs places at corners; without one a smooth mesh is stored once a point."""
    material = principled(ext)
    sphere = add_sphere(material)
    add_lamp(scene, 'POINT', 120.0)
    geometry, counts = ext(".render.engine.geometry"), []
    original = geometry.gpu.types.GPUVertBuf
    buffers = type("Types", (), dict(vars(geometry.gpu.types)))
    buffers.GPUVertBuf = lambda format, len: counts.append(len) or original(format=format, len=len)
    monkeypatch.setattr(geometry, "gpu", type("Gpu", (), {"types": buffers}))
    by_point, _ = shoot()
    tree = material.node_tree
    node = tree.nodes.new('ShaderNodeTexImage')
    node.image = image("Base", BASE)
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    by_corner, _ = shoot()
    assert counts == [len(sphere.data.vertices), len(sphere.data.loops)]
    assert np.abs(by_point - by_corner).max() < STEP


@pytest.mark.parametrize("kind", ['SUN', 'SPOT'])
def test_shadows(ext, scene, shoot, kind):
    """A small square before a large one: its shadow is where geometry says, and nowhere else."""
    import bpy

    bpy.ops.mesh.primitive_plane_add(size=8.0, location=(0, 1, 0), rotation=(math.pi / 2, 0, 0))
    bpy.ops.mesh.primitive_plane_add(size=0.4, location=(0, 0, 0), rotation=(math.pi / 2, 0, 0))
    place = np.array([4.0, -4.0, 0.0])
    add_lamp(
        scene, kind, 1000.0 if kind == 'SPOT' else 3.0, place=place, **({"spot_size": 1.5} if kind == 'SPOT' else {})
    )
    picture, _ = shoot()
    x = (np.arange(SIDE) + 0.5) / SIDE * SCALE - SCALE / 2
    row = picture[SIDE // 2, :, 0]
    dark = np.abs(row - AMBIENT[0] * (0.8 + 0.04)) < STEP
    if kind == 'SUN':
        left, right = -0.2 - 1.0, 0.2 - 1.0
    else:  # From the lamp through the square's edges to the plane y = 1.
        left, right = (4.0 + (edge - 4.0) * 5.0 / 4.0 for edge in (-0.2, 0.2))
    texels = 3.0 * SCALE / SIDE
    assert dark[(x > left + texels) & (x < right - texels)].all()
    assert not dark[(x < left - texels) | ((x > right + texels) & (np.abs(x) > 0.2 + texels))].any()
    bpy.data.lights["Lamp"].use_shadow = False
    row = shoot()[0][SIDE // 2, :, 0]
    assert (row > AMBIENT[0] * 0.84 + STEP).all()


def test_a_mesh_is_uploaded_once_for_all_its_instances(ext, engine, scene, shoot, monkeypatch):
    import bpy

    sphere = add_sphere(principled(ext))
    sphere.scale = (0.05, 0.05, 0.05)
    for number in range(1, 40):
        copy = bpy.data.objects.new(f"Copy {number}", sphere.data)
        copy.location = (0.1 * (number % 8 - 4), 0, 0.2 * (number // 8 - 2))
        copy.scale = sphere.scale
        scene.collection.objects.link(copy)
    draw = ext(".render.engine.draw")
    seen = []
    original = draw.Painter.draw

    def record(self, *arguments, **keywords):
        groups = self._contents.groups
        seen.append((self.store.uploads, len(groups), sum(len(group.matrices) for group in groups)))
        return original(self, *arguments, **keywords)

    monkeypatch.setattr(draw.Painter, "draw", record)
    _, geometry = shoot()
    assert seen == [(1, 1, 40)]
    hit = geometry[..., 3] < 1e9
    assert 40 * 0.5 * 4 < hit.sum() < SIDE * SIDE / 2
    columns = np.flatnonzero(hit.any(axis=0))
    assert columns.min() < SIDE * 0.35
    assert columns.max() > SIDE * 0.6


def test_only_what_is_visible_in_renders_is_drawn(ext, scene, shoot):
    sphere = add_sphere()
    scene.render.film_transparent = True
    sphere.hide_render = True
    assert not shoot()[0][..., 3].any()


def test_a_border_is_a_part_of_the_whole_picture(ext, scene, shoot):
    add_sphere(principled(ext))
    add_lamp(scene, 'POINT', 120.0)
    whole, _ = shoot()
    render = scene.render
    render.use_border = render.use_crop_to_border = True
    render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.25, 0.75, 0.5, 1.0
    part, _ = shoot()
    assert part.shape[:2] == (SIDE // 2, SIDE // 2)
    assert np.abs(part - whole[: SIDE // 2, SIDE // 4 : SIDE * 3 // 4]).max() < STEP


def test_passes_and_picture_reach_the_file(ext, scene, tmp_path):
    import bpy

    add_sphere(principled(ext))
    add_lamp(scene, 'POINT', 120.0)
    layer = scene.view_layers[0]
    layer.use_pass_z = layer.use_pass_normal = True
    ext(".render.compat").set_file_format(scene, 'OPEN_EXR')
    scene.render.filepath = str(tmp_path / "picture.exr")
    bpy.ops.render.render(write_still=True)
    pixels = ext(".render.images").read_pixels(tmp_path / "picture.exr")
    truth = expected('POINT', 120.0)
    middle = SIDE // 2
    assert np.abs(pixels[middle, middle, :3] - truth[middle, middle]).max() < STEP
    ext(".render.compat").set_file_format(scene, 'OPEN_EXR_MULTILAYER')
    bpy.ops.render.render(write_still=True)
    header = (tmp_path / "picture.exr").read_bytes()[:4000]
    for name in (b"Combined.R", b"Depth.", b"Normal.X"):
        assert name in header


def test_units_are_those_of_cycles(ext, scene, shoot, tmp_path):
    """A white square under each kind of lamp, as Cycles renders it; area lamps small, so that they are points."""
    import bpy

    bpy.ops.mesh.primitive_plane_add(size=2.0, rotation=(math.pi / 2, 0, 0))
    material = bpy.data.materials.new("White")
    tree = ext(".render.compat").nodes_of(material)
    diffuse = tree.nodes.new('ShaderNodeBsdfDiffuse')
    tree.links.new(diffuse.outputs[0], tree.get_output_node('ALL').inputs["Surface"])
    bpy.context.object.data.materials.append(material)
    ext(".render.compat").set_file_format(scene, 'OPEN_EXR')
    scene.render.filepath = str(tmp_path / "cycles.exr")
    scene.cycles.samples = 64
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    middle = slice(SIDE // 2 - 4, SIDE // 2 + 4)
    cases = (
        ('POINT', 120.0, {"shadow_soft_size": 0.0}),
        ('SUN', 2.0, {"angle": 0.0}),
        ('SPOT', 200.0, {"shadow_soft_size": 0.0, "spot_size": 0.6, "spot_blend": 0.3}),
        ('AREA', 40.0, {"size": 0.02}),
    )
    for kind, strength, values in cases:
        lamp = add_lamp(scene, kind, strength, **values)
        scene.render.engine = 'ADA_REALTIME'
        mine = shoot()[0][middle, middle, :3].mean(axis=(0, 1))
        scene.render.engine = 'CYCLES'
        bpy.ops.render.render(write_still=True)
        truth = ext(".render.images").read_pixels(tmp_path / "cycles.exr")[middle, middle, :3].mean(axis=(0, 1))
        assert mine == pytest.approx(truth, rel=0.02), kind
        bpy.data.lights.remove(lamp.data)


def test_each_object_has_its_own_material(ext, scene, shoot):
    import bpy

    colors = {-0.8: (0.9, 0.1, 0.1), 0.0: None, 0.8: (0.1, 0.1, 0.9)}
    for x, color in colors.items():
        bpy.ops.mesh.primitive_plane_add(size=0.6, location=(x, 0, 0), rotation=(math.pi / 2, 0, 0))
        if color is not None:
            bpy.context.object.data.materials.append(principled(ext, color, metallic=0.0))
    picture, _ = shoot()
    for x, color in colors.items():
        shown = picture[SIDE // 2, round((x / SCALE + 0.5) * SIDE), :3]
        assert np.abs(shown - AMBIENT * (np.array(color or (0.8, 0.8, 0.8)) + 0.04)).max() < STEP
