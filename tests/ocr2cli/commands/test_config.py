"""Where options come from: command line, OCR2_*, ocr2.toml, default, in this order."""

import pytest

TOML = 'model = "text-layer"\npage-separator = true\n\n[convert]\ndpi = 200\nmax_tokens = 50\n'


def shown(done):
    assert done.returncode == 0, done.stderr
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}


def test_variables_come_before_the_file_and_the_file_before_defaults(ocr2):
    (ocr2.folder / "ocr2.toml").write_text(TOML)
    settings = shown(ocr2("config", OCR2_DPI="72", OCR2_PASSWORD="secret"))
    assert settings["dpi"] == ["72", "variable", "OCR2_DPI"]
    assert settings["max-tokens"] == ["50", "ocr2.toml"]
    assert settings["model"] == ["text-layer", "ocr2.toml"]
    assert settings["device"] == ["auto", "default"]
    assert settings["password"] == ["(not", "shown)", "variable", "OCR2_PASSWORD"]
    assert shown(ocr2("config", "watch"))["dpi"][-1] == "default"


@pytest.mark.parametrize("command", ["convert", "render", "watch", "eval", "bench", "show"])
def test_each_help_says_once_that_there_are_variables(ocr2, command):
    said = ocr2(command, "--help").stdout
    assert said.count("OCR2_DPI") == 1
    assert said.count("OCR2_PASSWORD") == (command in ("convert", "render", "watch", "show"))  # where it can be told


def test_config_says_where_it_looks_and_what_unset_means(ocr2, tmp_path):
    lines = ocr2("config", OCR2_HOME="/opt").stdout.splitlines()
    assert lines[:2] == [
        f"# no ocr2.toml: neither ocr2.toml in this folder nor {tmp_path}/home/.config/ocr2/ocr2.toml",
        "# OCR2_HOME is set, but there is no such option",
    ]
    assert [line.split(None, 1)[1] for line in lines if line.startswith(("output ", "pages "))] == [
        "(not set)                default",
        "(this folder; - for stdin) default",
    ]


def test_an_example_of_the_file_is_one(ocr2):
    """Whole as it is printed, and with every option that has a default taken up."""
    text = ocr2("config", "--example").stdout
    (ocr2.folder / "ocr2.toml").write_text(text)
    before = ocr2("config").stdout.splitlines()[1:]
    assert before
    taken = "\n".join(
        line.removeprefix("#") if line.startswith("#") and " = " in line and '""' not in line else line
        for line in text.splitlines()
        if not line.startswith("#password")
    )
    (ocr2.folder / "ocr2.toml").write_text(taken)
    after = ocr2("config").stdout.splitlines()[1:]
    assert [line.rsplit(None, 1)[0] for line in after] == [line.rsplit(None, 1)[0] for line in before]
    assert sum(line.endswith("ocr2.toml") for line in after) > 20


def test_values_are_shown_as_somebody_would_write_them(ocr2):
    (ocr2.folder / "ocr2.toml").write_text('recursive = true\nformat = ["json", "html"]')
    settings = shown(ocr2("config", OCR2_CSV="1"))
    assert settings["recursive"] == ["true", "ocr2.toml"]
    assert settings["format"] == ["json,html", "ocr2.toml"]
    assert settings["csv"] == ["true", "variable", "OCR2_CSV"]
    assert settings["force"] == ["false", "default"]
    assert settings["pages"] == ["(not", "set)", "default"]
    assert not [value for value in settings.values() if {"True", "False", "None"} & set(value)]


@pytest.mark.parametrize(
    ("toml", "variables", "words", "said"),
    [
        ("", {}, ("--dpi", "abc"), "'abc' is not a whole number"),
        ("", {}, ("--dpi", "5"), "5 is less than 36"),
        ("", {}, ("--gpu-memory", "1.5"), "1.5 is more than 1"),
        ("", {"OCR2_DPI": "1e3"}, (), "'1e3' is not a whole number (from the variable OCR2_DPI)"),
        ('dpi = "big"', {}, (), "'big' is not a whole number (from ocr2.toml)"),
        ('csv = "maybe"', {}, (), "'maybe' is not true or false (from ocr2.toml)"),
        ('tables = "pipes"', {}, (), "'pipes' is not one of 'html', 'markdown'. (from ocr2.toml)"),
    ],
)
def test_a_wrong_value_is_named_with_where_it_comes_from(ocr2, toml, variables, words, said):
    (ocr2.folder / "ocr2.toml").write_text(toml)
    done = ocr2("convert", "a.pdf", *words, COLUMNS="200", **variables)
    assert done.returncode == 2
    assert f": {said} " in done.stderr


def test_what_checks_a_value_does_not_show_through(ocr2):
    done = ocr2("convert", "a.pdf", "--tables", "pipes")
    assert done.returncode == 2
    assert "Invalid value for '--tables': 'pipes' is not one of 'html', 'markdown'." in done.stderr


def test_the_command_line_comes_first(ocr2, make_pdf):
    (ocr2.folder / "ocr2.toml").write_text(TOML)
    make_pdf(ocr2.folder / "a.pdf", "text")
    assert ocr2("convert", "a.pdf", "-o", "-").stdout == "<!-- page 1 -->\n\ntext\n"
    assert ocr2("convert", "a.pdf", "-o", "-", OCR2_PAGE_SEPARATOR="0").stdout == "text\n"
    assert ocr2("convert", "a.pdf", "-m", "nothing", OCR2_MODEL="text-layer").returncode == 5
    assert ocr2("version").returncode == 0


def test_the_file_of_the_user(ocr2, tmp_path):
    (tmp_path / "home/.config/ocr2").mkdir(parents=True)
    (tmp_path / "home/.config/ocr2/ocr2.toml").write_text("dpi = 300")
    assert shown(ocr2("config"))["dpi"][0] == "300"
    (ocr2.folder / "ocr2.toml").write_text("")
    assert shown(ocr2("config"))["dpi"] == ["(the", "model's:", "144,", "of", "Unlimited-OCR", "300)", "default"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("modle = 1", "ocr2: ocr2.toml: modle is not known; did you mean model?"),
        ("[convrt]\ndpi = 1", "ocr2: ocr2.toml: table convrt is not known; did you mean convert?"),
        ("[render]\nmodel = 'x'", "ocr2: ocr2.toml: [render] model is not known;"),
        ("dpi = = 1", "ocr2: ocr2.toml cannot be read: Invalid value"),
        pytest.param(
            "dpi = " + "[" * 50_000,
            "ocr2: ocr2.toml cannot be read: maximum recursion depth exceeded; mend it, or take it away",
            id="nested",
        ),
    ],
)
def test_mistakes_in_the_file(ocr2, text, said):
    (ocr2.folder / "ocr2.toml").write_text(text)
    done = ocr2("config")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_a_variable_holds_one_password_per_line_and_they_may_hold_spaces(ocr2, make_pdf):
    make_pdf(ocr2.folder / "a.pdf", "Secret words.", encryption=5, user_pw="open sesame", owner_pw="owner")
    read = ("convert", "a.pdf", "-m", "text-layer", "-o", "-")
    assert ocr2(*read, OCR2_PASSWORD="wrong\nopen sesame").stdout == "Secret words.\n"
    assert ocr2(*read, OCR2_PASSWORD="open\nsesame").returncode == 3
    assert ocr2(*read, "--password", "open sesame", OCR2_PASSWORD="wrong").stdout == "Secret words.\n"
    (ocr2.folder / "ocr2.toml").write_text('password = ["wrong"]')
    assert ocr2(*read, OCR2_PASSWORD="open sesame").stdout == "Secret words.\n"
    assert shown(ocr2("config"))["password"][-1] == "ocr2.toml"


def test_a_variable_that_is_nearly_an_option_is_told(ocr2):
    done = ocr2("config", OCR2_MODLE="nano", OCR2_HOME="/opt/ocr2")
    said = "ocr2: the variable OCR2_MODLE is not known and has no effect; did you mean OCR2_MODEL?\n"
    assert (done.returncode, done.stderr) == (0, said)
