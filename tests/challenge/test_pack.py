"""A pack is read and judged before anything runs; a broken one is named in one line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.challenge.pack import available, load_pack
from grader.errors import UsageError
from grader.placeholders import filled, placeholder
from grader.verdicts import Level

MakePack = Callable[..., Path]


def test_checks_are_read_without_running_them(make_pack: MakePack) -> None:
    """Arguments and words of each check are known from its source alone; nothing is imported."""
    pack = load_pack(str(make_pack()))
    first, second = pack.checks
    assert (first.id, first.level, first.weight, first.requires) == ("a.one", Level.JUNIOR, 1, ())
    assert (second.id, second.level, second.weight, second.requires) == ("a.two", Level.MID, 2.5, ("a.one",))
    assert (first.title, first.why) == ("One holds.", "It matters a lot.")
    assert first.file == "checks/a.py"


def test_only_takes_what_it_requires_along(make_pack: MakePack) -> None:
    """A check that needs another brings it."""
    pack = load_pack(str(make_pack()))
    assert [check.id for check in pack.select(["a.two"])] == ["a.one", "a.two"]
    assert [check.id for check in pack.select(["a.one"])] == ["a.one"]


def test_options_reach_the_environment(make_pack: MakePack) -> None:
    """An option's default or the value chosen stands in the environment."""
    pack = load_pack(str(make_pack()))
    assert pack.environment({}) == {"DATABASE": "sqlite"}
    assert pack.environment({"database": "postgres"}) == {"DATABASE": "postgres"}


def test_a_choice_may_change_other_variables(make_pack: MakePack) -> None:
    """Those of [environment] have another value with it."""
    other = '[options.database.environment.postgres]\nDATABASE = "postgresql://{data}"\n[environment]'
    pack = load_pack(str(_replaced("[environment]", other)(make_pack)))
    assert pack.environment({}) == {"DATABASE": "sqlite"}
    assert pack.environment({"database": "postgres"}) == {"DATABASE": f"postgresql://{placeholder('data')}"}


def test_what_only_a_pod_knows_is_left_to_it(make_pack: MakePack) -> None:
    """A pod fills in the folder for data; braces that a pack wants as they are stay."""
    pack = load_pack(str(_replaced('DATABASE = "{database}"', 'DATABASE = "{data}/x {{data}}"')(make_pack)))
    variables = pack.environment({})
    assert filled(variables, {"data": "/work/.data"}) == {"DATABASE": "/work/.data/x {data}"}


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        pytest.param({"data": "x"}, "has no option 'data'", id="unknown option"),
        pytest.param({"database": "oracle"}, "choose one of sqlite, postgres", id="value that is not offered"),
    ],
)
def test_a_wrong_option_is_refused(make_pack: MakePack, choices: dict[str, str], words: str) -> None:
    """What the pack does not offer is wrong usage."""
    with pytest.raises(UsageError, match=words):
        load_pack(str(make_pack())).environment(choices)


def with_upstreams(lines: str) -> Callable[[MakePack], Path]:
    """A pack whose [upstreams] has these lines."""
    return _replaced("[environment]", f"[upstreams]\n{lines}\n[environment]")


def test_upstreams_are_read_in_order(make_pack: MakePack) -> None:
    """Each has the variable that gets its base URL; a pack without any has none."""
    folder = with_upstreams('pricing = "PRICING_URL"\ncatalog-2 = "CATALOG_2"')(make_pack)
    assert list(load_pack(str(folder)).rubric.upstreams.items()) == [
        ("pricing", "PRICING_URL"),
        ("catalog-2", "CATALOG_2"),
    ]
    assert load_pack("user-directory").rubric.upstreams == {}


def test_a_pack_may_have_eight_upstreams(make_pack: MakePack) -> None:
    """As many as there are, and no more; see the broken packs."""
    folder = with_upstreams(many_upstreams(8))(make_pack)
    assert len(load_pack(str(folder)).rubric.upstreams) == 8


def many_upstreams(count: int) -> str:
    """So many lines of [upstreams]."""
    return "\n".join(f'u{number} = "U{number}"' for number in range(count))


def test_the_digest_changes_with_whatever_decides(make_pack: MakePack) -> None:
    """The same pack has the same digest; a changed check, another one; a changed brief does not matter."""
    folder = make_pack()
    before = load_pack(str(folder)).digest
    (folder / "BRIEF.md").write_text("other words")
    assert load_pack(str(folder)).digest == before
    with (folder / "checks/a.py").open("a") as file:
        file.write("\n# changed\n")
    assert load_pack(str(folder)).digest != before


def _replaced(old: str, new: str) -> Callable[[MakePack], Path]:
    def make(make_pack: MakePack) -> Path:
        folder = make_pack()
        for file in (folder / "challenge.toml", folder / "checks/a.py"):
            file.write_text(file.read_text().replace(old, new))
        return folder

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda make: make(rubric=None), "unknown challenge", id="no rubric"),
        pytest.param(lambda make: make(openapi=None), "the pack lacks openapi.yaml", id="no contract"),
        pytest.param(lambda make: make(checks=None), "the pack lacks checks", id="no checks folder"),
        pytest.param(lambda make: make(checks="x = 1\n"), "the pack has no checks", id="no checks in it"),
        pytest.param(lambda make: make(checks="def f(:\n"), "not valid Python", id="checks do not parse"),
        pytest.param(lambda make: make(rubric="slug = "), "challenge.toml: not valid TOML", id="bad TOML"),
        pytest.param(_replaced("validation = 40", "validation = 41"), "add up to 101, not to 100", id="weights"),
        pytest.param(_replaced("validation", "latency"), "need a table [latency]", id="latency without terms"),
        pytest.param(_replaced("[environment]", "[latency]\n[environment]"), "no check of that", id="terms alone"),
        pytest.param(_replaced("[environment]", "[latency]\ntiers = [4, 2]\n[environment]"), "ascend", id="tiers"),
        pytest.param(
            _replaced("[environment]", '[latency]\nenvironment = {PORT = "1"}\n[environment]'),
            "PORT is not under",
            id="variable under load alone",
        ),
        pytest.param(
            _replaced("[environment]", '[options.database.environment.oracle]\nDATABASE = ""\n[environment]'),
            "environment: oracle is not one of its choices",
            id="variables of no choice",
        ),
        pytest.param(
            _replaced("[environment]", '[options.database.environment.sqlite]\nPORT = ""\n[environment]'),
            "PORT is not under",
            id="a choice's own variable",
        ),
        pytest.param(
            _replaced("[environment]", '[options.data]\ndefault = ""\n[environment]'),
            "options: Value error, data: the grader itself",
            id="an option named like a placeholder",
        ),
        pytest.param(_replaced('slug = "tiny"', "slug = 3"), "challenge.toml: slug: ", id="wrong type"),
        pytest.param(_replaced('"a.two"', '"a.one"'), "two checks are called a.one: checks/a.py:", id="id used twice"),
        pytest.param(_replaced('requires=("a.one",)', 'requires=("a.none",)'), "requires a.none, which", id="requires"),
        pytest.param(_replaced('category="async"', 'category="speed"'), "category 'speed' is not under", id="category"),
        pytest.param(
            _replaced('category="async"', 'category="validation"'), "no check is of category 'async'", id="empty"
        ),
        pytest.param(
            _replaced('checks = ["a.one"]', 'checks = ["a.six"]'), "a question names check 'a.six'", id="question"
        ),
        pytest.param(
            _replaced('"a.two", category', "NAME, category"), "must be literals", id="an id that is no literal"
        ),
        pytest.param(_replaced('level="mid"', 'level="guru"'), "checks/a.py:15: check: level", id="unknown level"),
        pytest.param(_replaced("    It matters too.\n", ""), "check: why", id="no reason given"),
        pytest.param(with_upstreams('Catalog = "C"'), "challenge.toml: upstreams.Catalog", id="upstream's name"),
        pytest.param(with_upstreams('catalog = "Url"'), "challenge.toml: upstreams.catalog: ", id="variable's name"),
        pytest.param(with_upstreams("catalog = 9001"), "challenge.toml: upstreams.catalog: ", id="no variable"),
        pytest.param(
            with_upstreams('catalog = "C_URL"\npricing = "C_URL"'),
            "challenge.toml: upstreams: Value error, the variable C_URL of pricing is taken by catalog",
            id="variable of two upstreams",
        ),
        pytest.param(
            with_upstreams('catalog = "DATABASE"'),
            "the variable DATABASE of catalog is taken by [environment]",
            id="variable of the environment",
        ),
        pytest.param(
            with_upstreams(many_upstreams(9)), "challenge.toml: upstreams: ", id="more upstreams than there may be"
        ),
    ],
)
def test_a_broken_pack_is_named_in_one_line(make_pack: MakePack, make: Callable[[MakePack], Path], words: str) -> None:
    """The message says what is wrong and where."""
    folder = make(make_pack)
    with pytest.raises(UsageError) as caught:
        load_pack(str(folder))
    assert words in caught.value.message
    assert "\n" not in caught.value.message


def test_an_unknown_challenge_tells_which_there_are() -> None:
    """The hint lists what can be asked for."""
    with pytest.raises(UsageError) as caught:
        load_pack("no-such-challenge")
    assert all(slug in caught.value.hint for slug in available())


def test_without_latency_there_is_no_check_that_measures(make_pack: MakePack) -> None:
    """And where that leaves nothing, whoever asked for it is told."""
    folder = make_pack()
    rubric, checks = folder / "challenge.toml", folder / "checks" / "a.py"
    weights = rubric.read_text().replace("async = 60", "latency = 60")
    rubric.write_text(weights.replace("[environment]", "[latency]\n[environment]"))
    checks.write_text(checks.read_text().replace('category="async"', 'category="latency"'))
    pack = load_pack(str(folder))
    assert [check.id for check in pack.select(None, latency=False)] == ["a.one"]
    assert [check.id for check in pack.select(["a.two"], latency=False)] == ["a.one"]
    with pytest.raises(UsageError, match="all checks that are asked for measure latency"):
        pack.select(["a.two"], alone=True, latency=False)
