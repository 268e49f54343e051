import numpy as np
import pytest
import room
from ada_forge.ai.errors import AdaError
from ada_forge.ai.job import run
from ada_forge.ai.photos.choose import choose, find_blurred, laplacian_variance, list_photos
from ada_forge.ai.photos.settings import CameraSettings
from PIL import Image
from scipy.ndimage import gaussian_filter


@pytest.fixture
def photos(tmp_path):
    return room.write(tmp_path / "fotos", room.poses(8))


def chosen(paths, tmp_path, **settings):
    work = tmp_path / "work"
    work.mkdir()
    return run(choose(paths, work, CameraSettings(**settings)))


def test_names_count_as_numbers(tmp_path):
    for name in ("b10.JPG", "b9.jpg", "a.png", ".hidden.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in list_photos(tmp_path)] == ["a.png", "b9.jpg", "b10.JPG"]


def test_a_folder_with_too_little(tmp_path):
    with pytest.raises(AdaError, match="holds 0 photos"):
        list_photos(tmp_path)
    with pytest.raises(AdaError, match="does not exist"):
        list_photos(tmp_path / "none")


def test_laplacian_by_hand():
    grey = np.zeros((3, 4), np.float32)
    grey[1, 1] = 1  # Inner pixels: -4 there, 1 beside it; mean -1.5, variance 6.25.
    assert laplacian_variance(grey) == pytest.approx(6.25)


def test_blur_is_relative_to_the_neighbours():
    assert find_blurred([100, 90, 20, 95, 80, 30, 28, 25, 27]) == {2}
    assert find_blurred([100, 5]) == set()


def test_blurred_same_and_broken_photos_are_left_out_and_named(photos, tmp_path):
    image = np.asarray(Image.open(photos[3]))
    Image.fromarray(gaussian_filter(image, (3, 3, 0))).save(photos[3])
    Image.open(photos[5]).save(photos[6])
    photos[1].write_bytes(photos[1].read_bytes()[:2000])
    found = chosen(photos, tmp_path)
    assert {path.name for path in found.left_out} == {"p01.png", "p03.png", "p06.png"}
    sentences = " ".join(map(str, found.notes))
    for part in (
        "'p01.png' was left out: it is broken",
        "'p03.png' was left out: it is blurred",
        "p06.png",
        "as p05.png",
    ):
        assert part in sentences
    assert [photo.path.name for photo in found.photos] == ["p00.png", "p02.png", "p04.png", "p05.png", "p07.png"]


def test_what_is_switched_off_stays(photos, tmp_path):
    Image.open(photos[5]).save(photos[6])
    image = np.asarray(Image.open(photos[3]))
    Image.fromarray(gaussian_filter(image, (3, 3, 0))).save(photos[3])
    assert len(chosen(photos, tmp_path, skip_blurred=False, skip_duplicates=False).photos) == 8


def test_a_slow_walk_is_no_repetition(tmp_path):
    """Neighbouring photos one degree apart."""
    paths = room.write(
        tmp_path / "walk", [room.look((4 * np.cos(a), 4 * np.sin(a), 2)) for a in np.radians([40, 41, 42])]
    )
    assert len(chosen(paths, tmp_path).photos) == 3


def test_too_few_are_left(photos, tmp_path):
    for path in photos[1:]:
        path.write_bytes(photos[0].read_bytes())
    with pytest.raises(AdaError, match="Only 1 of 8"):
        chosen(photos, tmp_path)


def test_copies_are_reduced_and_masks_lie_beside_them(photos, tmp_path):
    image = Image.open(photos[2])
    alpha = np.zeros((240, 320), np.uint8)
    alpha[60:180] = 255
    image.putalpha(Image.fromarray(alpha))
    image.save(photos[2])
    image.putalpha(0)
    image.save(photos[4])
    found = chosen(photos, tmp_path, image_size=256)
    assert found.masks
    assert [path.name for path in found.left_out] == ["p04.png"]
    photo = next(photo for photo in found.photos if photo.path == photos[2])
    assert (photo.size, photo.copy_size) == ((320, 240), (256, 192))
    assert Image.open(tmp_path / "work" / "images" / photo.name).size == (256, 192)
    mask = np.asarray(Image.open(tmp_path / "work" / "masks" / f"{photo.name}.png"))
    assert mask[:47].max() == 0
    assert mask[49:143].min() == 255


def test_focal_length_from_exif(photos, tmp_path):
    image = Image.open(photos[0])
    exif = image.getexif()
    exif[0x0110] = "Model"
    exif.get_ifd(0x8769)[0xA405] = 28  # FocalLengthIn35mmFilm.
    image.save(tmp_path / "a.jpg", exif=exif)
    image = Image.open(photos[2])
    exif = image.getexif()
    exif.get_ifd(0x8769).update({0x920A: 5.0, 0xA20E: 600.0, 0xA210: 3})  # 5 mm; 600 pixels a centimetre.
    image.save(tmp_path / "b.jpg", exif=exif)
    found = chosen([tmp_path / "a.jpg", tmp_path / "b.jpg", photos[4]], tmp_path, skip_duplicates=False).photos
    assert found[0].focal == pytest.approx(28 / 43.2666 * 400)  # 320 x 240 has a diagonal of 400 pixels.
    assert found[1].focal == pytest.approx(300)
    assert found[2].focal is None
    assert len({photo.lens for photo in found}) == 3
