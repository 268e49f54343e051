"""The log file."""

import logging

import pytest
from ada_forge.ai.setup import log


@pytest.fixture(autouse=True)
def _closed():
    yield
    log.close_log()


def test_records_and_tracebacks_are_written(tmp_path):
    path = tmp_path / "日志" / "ada.log"
    log.open_log(path)
    assert log.log_path() == path
    logger = logging.getLogger("ada_forge.job")
    logger.debug("too small")
    try:
        raise ValueError("面")
    except ValueError:
        logger.exception("failed")
    text = path.read_text(encoding="utf-8")
    assert "too small" not in text
    assert "ERROR MainThread: failed" in text
    assert "ValueError: 面" in text


def test_level(tmp_path):
    log.open_log(tmp_path / "ada.log", "DEBUG")
    log.LOGGER.debug("small")
    assert "small" in (tmp_path / "ada.log").read_text()


def test_opening_again_leaves_one_handler(tmp_path):
    before = list(log.LOGGER.handlers)
    log.open_log(tmp_path / "one.log")
    log.open_log(tmp_path / "two.log")
    log.LOGGER.warning("here")
    assert len(log.LOGGER.handlers) == len(before) + 1
    assert (tmp_path / "one.log").read_text() == ""
    assert "here" in (tmp_path / "two.log").read_text()
    log.close_log()
    log.close_log()
    assert log.LOGGER.handlers == before
    assert log.log_path() is None


def test_three_files_at_most(tmp_path, monkeypatch):
    monkeypatch.setattr(log, "FILE_BYTES", 200)
    log.open_log(tmp_path / "ada.log")
    for number in range(50):
        log.LOGGER.warning("line %d", number)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ada.log", "ada.log.1", "ada.log.2"]
    assert "line 49" in (tmp_path / "ada.log").read_text()
    assert all(path.stat().st_size <= 200 for path in tmp_path.iterdir())


def test_unwritable_place_is_an_error_and_leaves_no_log(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        log.open_log(tmp_path / "file" / "ada.log")
    assert log.log_path() is None
