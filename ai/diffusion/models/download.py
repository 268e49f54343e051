"""Models from the hub: only what is safe to open, each byte checked, going on where it stopped.

Callers ask only after a click and with Blender's online access. Source of the addresses:
https://huggingface.co/docs/hub/api and the `resolve` links of every file's page.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import AdaError
from ...files import reason
from ...job import Clock, Job, Progress
from ..card import SUMS

HUB = "https://huggingface.co"
MIRROR = "HF_ENDPOINT"  # The environment variable that names another hub, as for huggingface_hub.
TIMEOUT = 10.0  # Seconds without a byte.
CHUNK = 1024**2
ATTEMPTS = 4
PAUSE = 1.0  # Seconds before the second attempt; twice as long before each next.
RESERVE = 256 * 1024**2  # Bytes that stay free on the disk.
REPORT_SECONDS = 0.2
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
TEXTS = {".json", ".txt", ".md", ".model", ".yaml"}
VARIANT = re.compile(r"\.(fp16|bf16|non_ema)[.-]")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository."""

    name: str  # Relative, with slashes.
    size: int
    sha256: str  # Of large files; empty for those kept in Git.
    blob: str  # Git's SHA-1 of the file with its header.


def fetch(
    repository: str, folder: Path, files: Sequence[str] = (), token: str = "", hub: str = "", revision: str = "main"
) -> Job:
    """Download a model into a folder of its own below `folder`; a part of it that is there already is used.

    Args:
        repository: "owner/name".
        folder: where models are kept.
        files: which of its files; none takes those of the diffusers layout.
        token: of a user who may read it, for models behind a licence.
        hub: where the hub is; empty for the one that `MIRROR` names, else `HUB`.
        revision: branch, tag or commit.

    Returns:
        A job whose result is the model's folder, or its file where it is a single one. Closing it keeps what
        has come, and the next call goes on from there.

    Raises:
        AdaError: no connection, no such model, no room, or another file than the hub promised.
    """
    if not REPOSITORY.fullmatch(repository) or ".." in repository:
        raise AdaError("'{name}' is no model of the hub. Write it as owner/name", name=repository)
    hub = (hub or os.environ.get(MIRROR) or HUB).rstrip("/")
    yield Progress(0.0, "Asks the hub for {name}", {"name": repository})
    commit, listing = _list_files(repository, token, hub, revision)
    chosen = choose_files(listing, files)
    if not chosen:
        raise AdaError("'{name}' has no files that can be used: only safetensors are. Choose another", name=repository)
    target = folder / repository.replace("/", "--")
    part = folder / f".{target.name}-part"
    try:
        part.mkdir(parents=True, exist_ok=True)
        missing = sum(file.size - _size(part / file.name) for file in chosen)
        if shutil.disk_usage(folder).free < missing + RESERVE:
            raise AdaError(
                "The disk has too little room: {size:.1f} GiB are missing. Free some, or choose another folder",
                size=(missing + RESERVE - shutil.disk_usage(folder).free) / 1024**3,
            )
        total, done = sum(file.size for file in chosen), 0
        clock = Clock(total)
        for file in chosen:
            address = f"{hub}/{repository}/resolve/{commit}/{urllib.parse.quote(file.name)}"
            yield from _fetch_file(file, address, part / file.name, token, (done, total, clock))
            done += file.size
        _keep(part, target, chosen)
    except OSError as error:
        raise AdaError("'{file}' could not be written: {reason}", file=str(target), reason=reason(error)) from error
    names = {file.name for file in chosen}
    is_folder = bool(names & {"model_index.json", "config.json"})
    weights = [name for name in names if name.endswith(".safetensors")]
    return target / (weights[0] if weights else files[0]) if len(files) == 1 or not is_folder else target


def choose_files(listing: Sequence[RemoteFile], names: Sequence[str] = ()) -> list[RemoteFile]:
    """The files to download: those named, else weights as safetensors (one precision of each) and small texts.

    A repository without model_index.json is one network, such as a ControlNet, or a single file, such as a LoRA.

    Raises:
        AdaError: a named file is not there, or no safetensors or text; or there is a choice and none was named.
    """
    if names:
        known = {file.name: file for file in listing}
        for name in names:
            if name not in known or PurePosixPath(name).suffix not in {".safetensors", *TEXTS}:
                raise AdaError("The model has no safe file '{name}'. Choose a .safetensors file of it", name=name)
        return [known[name] for name in names]
    depth = 2 if any(file.name == "model_index.json" for file in listing) else 1
    chosen: dict[str, RemoteFile] = {}
    for file in sorted(listing, key=lambda one: (bool(VARIANT.search(one.name)), one.name)):
        path = PurePosixPath(file.name)
        weights = path.suffix == ".safetensors" and len(path.parts) == depth
        text = len(path.parts) <= depth and (path.suffix in TEXTS or path.name.upper().startswith("LICEN"))
        if weights or text:
            chosen.setdefault(VARIANT.sub(".", file.name), file)
    weights_of = [name for name in chosen if name.endswith(".safetensors")]
    if depth == 1 and len(weights_of) > 1:  # Not one network, but a choice of them.
        raise AdaError("There are several models. Say which file: {files}", files=", ".join(sorted(weights_of)[:12]))
    if not weights_of:
        return []
    return sorted(chosen.values(), key=lambda one: one.name)


def _list_files(repository: str, token: str, hub: str, revision: str) -> tuple[str, list[RemoteFile]]:
    address = f"{hub}/api/models/{repository}/revision/{urllib.parse.quote(revision, safe='')}?blobs=true"
    try:
        with _open(address, token) as answer:
            document: dict[str, Any] = json.load(answer)
        files = []
        for one in document["siblings"]:
            large = one.get("lfs") or {}
            files.append(
                RemoteFile(_safe(one["rfilename"]), int(one["size"]), large.get("sha256", ""), one.get("blobId", ""))
            )
        return str(document["sha"]), files
    except (OSError, http.client.HTTPException) as error:
        raise _refusal(error, repository) from error
    except (ValueError, KeyError, TypeError) as error:
        raise AdaError("The hub's answer cannot be read. Try again later") from error


def _fetch_file(
    file: RemoteFile, address: str, path: Path, token: str, whole: tuple[int, int, Clock]
) -> Generator[Progress, None, None]:
    """One file, going on where an earlier attempt stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(ATTEMPTS):
        try:
            yield from _transfer(file, address, path, token, whole)
            break
        except (urllib.error.HTTPError, OSError, http.client.HTTPException) as error:
            final = isinstance(error, urllib.error.HTTPError) and error.code in {401, 403, 404}
            lost = isinstance(error, urllib.error.URLError | http.client.HTTPException | TimeoutError | ConnectionError)
            if not lost:
                raise
            if final or attempt + 1 == ATTEMPTS:
                raise _refusal(error, file.name) from error
        yield from _wait(PAUSE * 2**attempt, whole)
    if not _matches(file, path):
        path.unlink()
        raise AdaError("'{name}' came damaged from the hub. Download it again", name=file.name)


def _transfer(
    file: RemoteFile, address: str, path: Path, token: str, whole: tuple[int, int, Clock]
) -> Generator[Progress, None, None]:
    done, total, clock = whole
    have = _size(path)
    if have > file.size:
        path.unlink()
        have = 0
    if have == file.size and path.exists():
        return
    with _open(address, token, have) as answer:
        if answer.status != 206:
            have = 0  # The server does not know ranges: from the beginning.
        with path.open("ab" if have else "wb") as out:
            shown = 0.0
            while data := answer.read(min(CHUNK, file.size - have + 1)):
                out.write(data)
                have += len(data)
                if have > file.size:
                    break
                if time.monotonic() - shown > REPORT_SECONDS:
                    shown = time.monotonic()
                    yield _progress(file, done + have, total, clock)
    if have < file.size:
        raise ConnectionResetError("the connection ended early")
    yield _progress(file, done + min(have, file.size), total, clock)


def _progress(file: RemoteFile, done: int, total: int, clock: Clock) -> Progress:
    left = clock.tick(done)
    values = {"name": file.name, "done": done / 1024**2, "total": total / 1024**2}
    rate = {"MiB/s": clock.rate / 1024**2}
    return Progress(done / max(total, 1), "Downloads {name}: {done:.0f} of {total:.0f} MiB", values, rate, left)


def _wait(seconds: float, whole: tuple[int, int, Clock]) -> Generator[Progress, None, None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield Progress(whole[0] / max(whole[1], 1), "The connection was lost. Tries again")
        time.sleep(min(0.1, seconds))


def _matches(file: RemoteFile, path: Path) -> bool:
    """Whether a file is what the hub said, by SHA-256 or by Git's own sum."""
    if path.stat().st_size != file.size:
        return False
    with path.open("rb") as data:
        if file.sha256:
            return hashlib.file_digest(data, "sha256").hexdigest() == file.sha256
        if not file.blob:
            return True
        digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
        digest.update(data.read())
        return digest.hexdigest() == file.blob


def _keep(part: Path, target: Path, files: Sequence[RemoteFile]) -> None:
    """Put complete files in their place, with the sums by which a later load notices damage."""
    sums = {}
    listing = target / SUMS
    if listing.is_file():
        sums = {line[66:]: line[:64] for line in listing.read_text(encoding="utf-8").splitlines()}
    for file in files:
        (target / file.name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(part / file.name, target / file.name)
        if file.sha256:
            sums[file.name] = file.sha256
    if sums:
        listing.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)), encoding="utf-8")
    shutil.rmtree(part)


def _open(address: str, token: str, start: int = 0) -> Any:
    request = urllib.request.Request(address, headers={"User-Agent": "Ada Forge"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    if token:  # Not for the servers that the hub sends us on to.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return urllib.request.urlopen(request, timeout=TIMEOUT)


def _safe(name: str) -> str:
    """A name that stays inside its folder.

    Raises:
        ValueError: it does not.
    """
    parts = name.split("/")
    if not all(re.fullmatch(r"[\w.+ ()@=,-]+", part) and part.strip(". ") for part in parts):
        raise ValueError(f"the file name {name!r}")
    return name


def _refusal(error: Exception, name: str) -> AdaError:
    code = error.code if isinstance(error, urllib.error.HTTPError) else 0
    if code in {401, 403}:
        return AdaError("'{name}' may not be read. Accept its licence on the hub and give your token", name=name)
    if code == 404:
        return AdaError("The hub has no '{name}'. Check the name", name=name)
    return AdaError("The hub cannot be reached. Download again later: it goes on where it stopped")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
