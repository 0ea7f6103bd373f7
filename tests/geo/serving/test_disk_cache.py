"""What is kept on disk: found again whole, never believed when odd, pruned, shared by processes."""

import json
import os

import pytest

from geo.serving.disk_cache import DATA, KEPT, MANIFEST, DiskCache


@pytest.fixture
def store(tmp_path):
    return DiskCache(tmp_path / "cache")


def file_of(store, key="thing-1"):
    return store.folder / key / DATA


def opened(path):
    path.chmod(0o644)
    return path


def test_files_that_may_be_mapped_are_closed_to_writing(store):
    store.put("thing-1", b"made once")
    assert file_of(store).stat().st_mode & 0o222 == 0


def test_bytes_come_back_as_they_were_put(store):
    store.put("thing-1", b"made once")
    assert store.get("thing-1") == b"made once"


def test_what_was_never_put_is_absent(store):
    assert store.get("thing-1") is None


@pytest.mark.parametrize("key", ["", "../out", ".new", "a/b", "a\0b", "x" * 200])
def test_a_key_that_could_leave_the_folder_is_refused(store, key):
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, b"")


def test_a_flipped_byte_is_noticed_though_the_size_and_the_time_are_the_same(store):
    store.put("thing-1", b"made once")
    before = file_of(store).stat()
    opened(file_of(store)).write_bytes(b"made oncf")
    os.utime(file_of(store), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.get("thing-1") is None


def test_a_truncated_file_is_noticed(store):
    store.put("thing-1", b"made once")
    os.truncate(opened(file_of(store)), 4)
    assert store.get("thing-1") is None


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"format": 1}', '{"format": 1, "key": "thing-1", "files": 3}', "\xff"]
)
def test_a_manifest_that_is_none_is_as_good_as_no_entry(store, text):
    store.put("thing-1", b"made once")
    opened(store.folder / "thing-1" / MANIFEST).write_text(text, encoding="latin-1")
    assert store.get("thing-1") is None


@pytest.mark.parametrize("change", [{"format": 99}, {"key": "thing-2"}, {"files": {}}])
def test_an_entry_of_another_program_or_key_is_as_good_as_none(store, change):
    store.put("thing-1", b"made once")
    path = opened(store.folder / "thing-1" / MANIFEST)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert store.get("thing-1") is None


def test_a_copied_entry_is_believed_after_its_bytes_were_summed(store, tmp_path):
    import shutil

    store.put("thing-1", b"made once")
    shutil.copytree(store.folder, tmp_path / "copy")
    assert DiskCache(tmp_path / "copy").get("thing-1") == b"made once"


def test_an_odd_entry_is_replaced_when_it_is_made_anew(store):
    store.put("thing-1", b"made once")
    os.truncate(opened(file_of(store)), 0)
    store.put("thing-1", b"made twice")
    assert store.get("thing-1") == b"made twice"


def test_of_two_that_make_the_same_the_first_stays_and_both_find_it(store):
    def slow(folder):
        (folder / DATA).write_bytes(b"second")
        DiskCache(store.folder).put("thing-1", b"first")

    assert store.write("thing-1", slow) == store.folder / "thing-1"
    assert store.get("thing-1") == b"first"


def test_only_the_newest_entries_of_a_kind_and_an_owner_are_kept(store):
    for number in range(KEPT + 2):
        store.write(f"thing-{number}", lambda folder: (folder / DATA).write_bytes(b""), owner="mine")
        os.utime(store.folder / f"thing-{number}", (number, number))
    store.write("other-1", lambda folder: (folder / DATA).write_bytes(b""), owner="mine")
    store.write("thing-9", lambda folder: (folder / DATA).write_bytes(b""), owner="theirs")
    there = {path.name for path in store.folder.iterdir()}
    assert there == {"other-1", "thing-9", *(f"thing-{number}" for number in range(2, KEPT + 2))}


def test_what_a_dead_process_was_writing_goes_after_an_hour(store):
    store.put("thing-1", b"")
    left = store.folder / ".new-1-abc"
    left.mkdir()
    store.prune("")
    assert left.is_dir()
    os.utime(left, (0, 0))
    store.prune("")
    assert not left.exists()


def test_a_failure_while_making_leaves_nothing_behind(store):
    def fails(folder):
        (folder / DATA).write_bytes(b"half")
        raise KeyError("no")

    with pytest.raises(KeyError):
        store.write("thing-1", fails)
    assert list(store.folder.iterdir()) == []


def test_a_disk_that_cannot_be_written_keeps_nothing_and_stops_nothing(tmp_path, caplog):
    (tmp_path / "cache").write_text("a file where the folder should be")
    store = DiskCache(tmp_path / "cache")
    store.put("thing-1", b"made once")
    assert store.get("thing-1") is None
    assert "could not be kept" in caplog.text


def test_the_digest_of_a_settled_file_is_remembered_and_renewed_when_it_changes(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    first = store.digests([path])[path]
    assert store.digests([path])[path] == first
    path.write_text("two")
    assert store.digests([path])[path] != first


def test_a_remembered_digest_belongs_to_a_stamp(store, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("one")
    monkeypatch.setattr("geo.serving.disk_cache.SETTLED_NS", -(1 << 60))
    first = store.digests([path])[path]
    monkeypatch.setattr(
        "geo.serving.disk_cache._sum", lambda _: pytest.fail("an unchanged file was read again")
    )
    assert DiskCache(store.folder).digests([path])[path] == first


def test_odd_digests_are_read_anew(store, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("one")
    first = store.digests([path])[path]
    for text in ("", "[1]", '{"x": 3}', '{"x": {"stamp": 1, "sha256": 2}}'):
        (store.folder).mkdir(exist_ok=True)
        (store.folder / "digests.json").write_text(text)
        assert store.digests([path])[path] == first


def test_a_bit_flipped_below_the_file_system_is_found_and_the_entry_goes(tmp_path, caplog):
    store = DiskCache(tmp_path)
    for key in ("outlines-good", "outlines-bad"):
        store.put(key, b"some shapes")
    path = tmp_path / "outlines-bad" / "data"
    manifest = path.with_name("manifest.json")
    told = json.loads(manifest.read_text())
    path.chmod(0o644)
    path.write_bytes(b"same shapes")
    stat = path.stat()
    told["files"]["data"]["stamp"] = [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(told))  # as if the disk had changed it: every stamp is right
    assert store.get("outlines-bad") == b"same shapes"
    assert store.sum_up() == ("outlines-bad",) and "damaged" in caplog.text
    assert store.get("outlines-bad") is None and store.get("outlines-good") == b"some shapes"
