"""Small score documents, one for each form that the importer knows, made by hand.

They have the shape of real ones and invented figures. No test is here.
"""

import json
from pathlib import Path


def classic(
    arguments: object = "pretrained=EleutherAI/pythia-v1.1-70m,revision=step3000",
    *,
    shots: int | None = 0,
    value: float = 0.25,
    model: str = "hf-causal",
) -> dict:
    """Return a document of lm-evaluation-harness 0.3."""
    config = {
        "model": model,
        "model_args": arguments,
        "num_fewshot": shots,
        "batch_size": 16,
        "device": "cuda:0",
        "no_cache": True,
        "limit": None,
        "bootstrap_iters": 100000,
        "description_dict": {},
    }
    results = {
        "lambada_openai": {"ppl": 40.5, "ppl_stderr": 1.5, "acc": value, "acc_stderr": 0.006},
        "piqa": {"acc": 0.6, "acc_stderr": 0.01, "acc_norm": 0.61, "acc_norm_stderr": 0.01},
    }
    return {"results": results, "versions": {"lambada_openai": 0, "piqa": 0}, "config": config}


def trainer(load: str, iteration: int, **more: object) -> dict:
    """Return the `model_args` of a GPT-NeoX trainer, as far as they matter."""
    return {
        "load": load,
        "iteration": iteration,
        "eval_results_prefix": "",
        "precision": "fp16",
        "git_hash": "0123abc",
        **more,
    }


def prompted(arguments: object) -> dict:
    """Return a document of the fork with prompts: `results` is a list."""
    row = {
        "task_name": "wino_bias_type1_pro",
        "prompt_name": "refers_to",
        "em": 0.5,
        "em_stderr": 0.02,
        "dataset_path": "wino_bias",
        "prompt_jinja": "{{ sentence }}",
    }
    key = "wino_bias_type1_pro+refers_to"
    return {
        "results": [row],
        "table_results": {key: {"task_name": row["task_name"], "em": 0.5}},
        "versions": {key: 0},
        "config": {"model": "neox", "model_args": arguments, "num_fewshot": 0},
    }


def table(heading: str, iteration: int) -> dict:
    """Return a document that has only a table and a heading."""
    row = {"task_name": "wino_bias_type1_pro", "prompt_name": "refers_to", "em": 0.4}
    return {
        "table_results": {"wino_bias_type1_pro+refers_to": {**row, "em_stderr": 0.02}},
        "model_args": {"config_files": {heading: None}, "iteration": iteration},
    }


def modern(**more: object) -> dict:
    """Return a document of lm-evaluation-harness 0.4."""
    return {
        "results": {
            "lambada_openai": {
                "alias": "lambada_openai",
                "perplexity,none": 6.5,
                "perplexity_stderr,none": "N/A",
                "acc,none": 0.5,
                "acc_stderr,none": 0.01,
            },
            "sciq": {"alias": "sciq", "acc,none": 0.75, "acc_stderr,none": float("nan")},
        },
        "configs": {"lambada_openai": {}, "sciq": {}},
        "versions": {"lambada_openai": 1.0, "sciq": 1.0},
        "n-shot": {"lambada_openai": 0, "sciq": 0},
        "n-samples": {"sciq": {"original": 1000, "effective": 1000}},
        "higher_is_better": {"lambada_openai": {"perplexity": False, "acc": True}},
        "config": {
            "model": "hf",
            "model_args": {"pretrained": "EleutherAI/pythia-70m", "dtype": "bfloat16"},
            "model_dtype": "torch.bfloat16",
            "model_revision": "main",
            "model_sha": "0123456789abcdef0123456789abcdef01234567",
            "limit": None,
        },
        "date": 1780413074.7,
        "lm_eval_version": "0.4.12",
        "transformers_version": "5.9.0",
        **more,
    }


CSV = """model,checkpoint,task,fewshot,acc,acc_stderr
EleutherAI/pythia-1.3b-deduped,13000,sums_0,0,0.5,0.07
EleutherAI/pythia-1.3b-deduped,13000,sums_1,0,0.25,0.06
EleutherAI/pythia-1.3b-deduped,13000,sums_0,4,0.75,0.05
EleutherAI/pythia-1.3b-deduped,143000,sums_0,0,1.0,0.0
"""


def write(folder: Path, path: str, content: object) -> Path:
    """Write a document below a folder and return its path; text is written as it is."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file
