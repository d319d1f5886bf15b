"""What results are made of."""

from __future__ import annotations

from cercafoto.cli.render.formatting import new_table, plain_table, printed


def test_a_plain_table_is_that_of_rich_in_a_pipe() -> None:
    rows = [
        ("/foto/breve.jpg", "mare (80%), sole (7%)"),
        ("/foto/富士山 📷.jpg", "nessuna"),
        ("/foto/e\u0301 à.jpg", ""),
        ("", "perché"),
    ]
    table = new_table("Foto", "Etichette")
    for row in rows:
        table.add_row(*row)
    assert plain_table(("Foto", "Etichette"), rows) == printed(table)
    assert plain_table(("Foto", "Etichette"), []) == printed(new_table("Foto", "Etichette"))
