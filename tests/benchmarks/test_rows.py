from benchmarks.rows import append, read


def test_rows_after_a_line_that_was_cut_off(tmp_path):
    path = tmp_path / "deep" / "rows.jsonl"
    assert read(path) == []
    append(path, {"a": 1})
    with path.open("a") as file:
        file.write('{"a": 2, "cut')
    assert read(path) == [{"a": 1}]
    append(path, {"a": 3})
    assert read(path) == [{"a": 1}, {"a": 3}]  # also once the next line stands behind it
