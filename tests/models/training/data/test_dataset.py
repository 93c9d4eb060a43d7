import gzip
from pathlib import Path

import pytest

from models.errors import DatasetError
from models.tables import delimiter_said
from models.training.data.dataset import Row, load, load_held_out, texts
from models.training.evaluation.metrics import accuracy, confusion, macro_f1

HEADER = "split,label,licence,text\n"


def _file(folder: Path, rows: str) -> Path:
    path = folder / "rows.csv.gz"
    path.write_bytes(gzip.compress((HEADER + rows).encode()))
    return path


def test_labels_come_from_the_data_and_held_out_texts_leave_the_training_split(tmp_path: Path) -> None:
    path = _file(tmp_path, "train,up,MIT,Good\ntrain,down,MIT,Bad\ntrain,up,MIT,Held  out\nval,up,MIT,held out\n")
    labelled = load("mood", path)
    assert labelled.labels == ("down", "up")
    assert [row.text for row in labelled.split("train")] == ["Good", "Bad"]
    assert [row.text for row in labelled.split("val")] == ["held out"]


def test_a_file_to_measure_on_needs_no_training_split(tmp_path: Path) -> None:
    assert load_held_out("h", _file(tmp_path, "test,b,MIT,x\ntest,a,MIT,y\n")).labels == ("a", "b")


def test_unlabelled_texts_are_read_once_each_and_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text('{"text": "one"}\n{"title": "two"}\n{"text": "one"}\n{"text": ""}\n')
    assert texts(path) == ("one", "two")
    path.write_text('{"body": "x"}\n')
    with pytest.raises(DatasetError, match="no row has"):
        texts(path)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("latin.csv", "text\nGewinnrückgang\n".encode("latin-1"), " cannot be read; save it as UTF-8"),
        ("utf16.csv", "text\nbank plunges\n".encode("utf-16"), " cannot be read; save it as UTF-8"),
        ("latin.jsonl", '{"text": "Gewinnrückgang"}'.encode("latin-1"), " cannot be read; save it as UTF-8"),
        ("plain.csv.gz", b"text\nbank plunges\n", " cannot be read; compress it again"),
        ("half.csv.gz", gzip.compress(b"text\n" + bytes(range(97, 122)) * 99, mtime=0)[:40], "; compress it again"),
        ("broken.csv.gz", gzip.compress(b"text\nup\n", mtime=0)[:10] + b"\xff" * 30, "; compress it again"),
        ("huge.csv", b'text\n"' + b"a" * 200_000, ": line 2: not CSV: field larger than field limit"),
        ("open.csv", b'text,source\n"Bank fails,w\nUp,w\n"Down",w\n', ": line 2: not CSV: .*quotation mark not closed"),
        ("more.csv", b"text,source\nDown, and up,w\n", ": line 2: 3 fields, but 2 columns"),
        ("twice.csv", b"text,Text,source\na,b,w\n", ": line 2: column 'text' stands twice"),
        ("list.jsonl", b'{"text": ["Up", "down"]}\n', ": line 1: 'text' is a list; one text"),
        ("table.txt", b"text\nUp\n", r": the name must end in \.csv, \.tsv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_name(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=f"{name}.*{problem}"):
        texts(tmp_path / name)


def test_a_folder_is_not_told_as_missing(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").mkdir()
    with pytest.raises(DatasetError, match="is a folder"):
        texts(tmp_path / "texts.csv")


ONE = [("Up, it says", "a", "test", "wire")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mark.csv", '\ufefftext,label,split,source\n"Up, it says",a,test,wire\n'),
        ("source.csv", '\ufeffsource,text,label,split\nwire,"Up, it says",a,test\n'),
        ("capitals.csv", 'Text,LABEL,Split,Source\n"Up, it says",a,test,wire\n'),
        ("spaces.csv", 'text, label, split , source\n"Up, it says", a,test ,wire \n\n,,,\n'),
        ("semicolon.csv", "text;label;split;source\nUp, it says;a;test;wire;\n"),
        ("tab.tsv", "text\tlabel\tsplit\tsource\nUp, it says\ta\ttest\twire\n"),
        ("said.csv", "sep=|\ntext|label|split|source\nUp, it says|a|test|wire\n"),
        ("mac.csv", 'text,label,split,source\r"Up, it says",a,test,wire\r'),
        ("mark.jsonl", '\ufeff{"text": "Up, it says", "Label": "a", "split": "Test ", "source": "wire"}\n'),
    ],
)
def test_files_as_spreadsheets_and_scripts_write_them_are_read_alike(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_bytes(content.encode())
    rows = load_held_out("h", tmp_path / name).rows
    assert [(row.text, row.label, row.split, row.source) for row in rows] == ONE


def test_a_label_of_nought_is_one_and_missing_values_are_none(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "Up", "label": 0, "split": "test", "source": NaN, "licence": null}\n')
    assert load_held_out("h", path).rows == (Row("Up", "0", "test", "unknown", "unknown"),)


def test_half_a_character_in_a_name_leaves_one_that_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "Up", "label": "a\\ud83d", "split": "test", "source": "\\ud83dwire"}\n')
    assert load_held_out("h", path).rows == (Row("Up", "a\ufffd", "test", "\ufffdwire", "unknown"),)


def test_a_quotation_mark_is_said_to_part_no_fields() -> None:
    assert delimiter_said('sep="\n') is None  # Python 3.13's csv refuses it with an error of its own
    assert delimiter_said('"sep=;"\r\n') == ";"


def test_the_columns_that_are_there_are_told_and_a_blank_text_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Headline,label\nUp,a\n")
    with pytest.raises(DatasetError, match=r"row 1 has no 'text'; .* it has the columns 'headline', 'label'"):
        load_held_out("h", path)
    path.write_text("text,label,split\nUp,a,test\n   ,a,test\n")
    with pytest.raises(DatasetError, match="row 2 has no 'text'"):
        load_held_out("h", path)
    path.write_text("text,label,split\nUp,a,test\n\u200b,a,test\n")
    with pytest.raises(DatasetError, match="row 2: 'text' holds nothing to read"):
        load_held_out("h", path)


def test_contradicting_copies_that_are_held_out_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = "train,a,MIT,x\ntest,a,MIT,x\ntest,b,MIT,X\ntest,b,MIT,y\nval,b,MIT,x\n"
    labelled = load_held_out("h", _file(tmp_path, rows))
    assert [(row.text, row.split) for row in labelled.rows] == [("y", "test"), ("x", "val")]
    assert labelled.contradicted == 1


def test_contradicting_copies_are_dropped_and_agreeing_ones_kept_once(tmp_path: Path) -> None:
    rows = "train,a,MIT,x\ntrain,b,MIT,X\ntrain,a,MIT,y\ntrain,a,MIT,y\ntrain,b,MIT,z\nval,a,MIT,v\n"
    assert [row.text for row in load("h", _file(tmp_path, rows)).split("train")] == ["y", "z"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("train,a,MIT,x\n", "split 'val' is empty"),
        ("train,a,MIT,x\nval,b,MIT,y\n", "never occur in split 'train'"),
        ("train,,MIT,x\n", "row 1 has no 'label'"),
    ],
)
def test_a_wrong_file_is_refused_with_a_reason(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        load("h", _file(tmp_path, rows))


def test_licences_filter_rows(tmp_path: Path) -> None:
    path = _file(tmp_path, "train,a,MIT,x\ntrain,b,CC-BY-NC,w\nval,a,MIT,y\n")
    assert load("h", path, ["MIT"]).labels == ("a",)
    with pytest.raises(DatasetError, match=r"licence BSD or GPL; there are MIT \(2 rows\), CC-BY-NC \(1"):
        load("h", path, ["BSD", "GPL"])
    bare = tmp_path / "bare.csv"
    bare.write_text("split,label,text\ntrain,a,x\nval,a,y\n")
    with pytest.raises(DatasetError, match=r"unknown \(2 rows\): there is no column 'licence'"):
        load("h", bare, ["MIT"])


def test_metrics_on_a_case_worked_by_hand() -> None:
    import numpy as np

    truth, predicted = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert confusion(truth, predicted, 2).tolist() == [[1, 1], [0, 2]]
    assert accuracy(truth, predicted) == 0.75
    assert macro_f1(truth, predicted) == pytest.approx((2 / 3 + 0.8) / 2)
