"""A formula in fragments is a picture and its words: no sentence runs through it."""

BEFORE = "If these are the visual tokens of a page then the query that stands at place i computes"
FORMULA = "m i q = v + k, (2)"
AFTER = "in which the weights come from one softmax of all of them."


def block(label: str, box: str, text: str = "") -> str:
    return f"<|ref|>{label}<|/ref|><|det|>[[{box}]]<|/det|>\n{text}\n"


def test_its_text_is_no_part_of_the_sentence_around(convert):
    pieces = [("text", "100, 100, 500, 150", BEFORE), ("image", "200, 160, 400, 190", "")]
    pieces += [("text", "200, 160, 400, 190", FORMULA), ("text", "100, 200, 500, 250", AFTER)]
    shown = convert("\n".join(block(*piece) for piece in pieces))
    assert [part for part in shown.strip().split("\n\n") if part[0] not in "!<"] == [BEFORE, FORMULA, AFTER]


def test_a_sentence_goes_on_behind_another_picture(convert):
    pieces = [("text", "100, 100, 500, 150", BEFORE), ("image", "200, 160, 400, 190", "")]
    pieces += [("text", "100, 200, 500, 250", "all that it needs to know.")]
    assert f"{BEFORE} all that it needs to know." in convert("\n".join(block(*piece) for piece in pieces))
