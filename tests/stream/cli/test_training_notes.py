"""What a run's notes say of the rows that it is exported with."""

from pathlib import Path

from models.training.data.dataset import load_held_out
from stream.cli.training import licences_of


def test_rows_without_a_licence_are_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label,split,licence\nUp,a,val,\nDown,b,val,MIT\nFlat,c,val,CC-BY-NC\n")
    licences = licences_of({"recipe": {"licences": ["MIT"]}})
    assert [row.text for row in load_held_out("h", path, licences).rows] == ["Up", "Down"]
    assert licences_of({"recipe": {}}) == ()
