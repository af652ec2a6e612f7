"""Arguments of an evaluation that change the weights, or may: whose figures are no checkpoint's.

What is known to be harmless is listed. Of the rest, what tells by its name is refused; any other
is handed back, because nobody here can say what it does.
"""

import re
from collections.abc import Mapping

from catalog.core.scores.reading import words
from catalog.core.scores.values import RefusedScoresError

# Arguments that change how the network runs, not which weights it has.
_HARMLESS = words(
    """
    pretrained revision dtype device device_map device_map_option max_memory_per_gpu max_cpu_memory
    offload_folder use_accelerate parallelize accelerate low_cpu_mem_usage trust_remote_code
    max_length max_model_len max_gen_toks batch_size max_batch_size backend truncation logits_cache
    use_fast_tokenizer attn_implementation softmax_dtype prefix_token_id tokenizer add_bos_token
    cache_dir token use_auth_token seed gpus gpu_memory_utilization tensor_parallel_size
    pipeline_parallel_size data_parallel_size tp_size dp_size swap_space enforce_eager
    tokenizer_mode max_num_seqs max_num_batched_tokens enable_prefix_caching
    enable_chunked_prefill distributed_executor_backend disable_log_stats mem_fraction_static
    load_format use_cache cpu_offload_gb
    """
)
_CHANGES_WEIGHTS = re.compile(
    r"peft|lora|adapter|delta|quant|gptq|awq|gguf|ggml|exl2|load_in_|bnb|bits$|steer|prun|spars"
    r"|merg|patch|interven|ablat|subfolder|override|speculative|draft",
    re.IGNORECASE,
)
_TYPES = words("auto float16 fp16 half bfloat16 bf16 float32 fp32 float float64 double")
_WHOLE_WEIGHTS = words("auto safetensors pt bin hf")
_BACKENDS = words(
    "hf hf-auto huggingface hf-causal hf-causal-experimental hf-seq2seq hf-multimodal gpt2 vllm"
    " sglang neox accelerate"
)
# These change what is computed from the same weights.
_OF_NOTE = ("tokenizer", "add_bos_token", "prefix_token_id")


def refuse_other_weights(arguments: Mapping[str, object], backend: str | None) -> None:
    """Refuse an evaluation of weights that are no published checkpoint's.

    Raises:
        RefusedScoresError: an adapter, a quantization, steering, made-up weights.
    """
    changes = [key for key, value in arguments.items() if _is_set(value) and _changes(key, value)]
    if backend and _CHANGES_WEIGHTS.search(backend):
        changes.append(f"model {backend}")
    if changes:
        text = ", ".join(changes)
        raise RefusedScoresError(f"evaluates other weights than the checkpoint's ({text})")


def unknown(arguments: Mapping[str, object], backend: str | None) -> tuple[str, ...]:
    """Return the arguments, and the backend, of which nobody here knows what they do.

    What would change the weights and is switched off is known to do nothing.
    """
    texts = [
        f"{key}={value}"
        for key, value in arguments.items()
        if key not in _HARMLESS and (_is_set(value) or not _CHANGES_WEIGHTS.search(key))
    ]
    if backend and backend not in _BACKENDS:
        texts.append(f"model {backend}")
    return tuple(texts)


def of_note(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """Return the arguments under which the same weights give other figures."""
    return tuple(
        f"{key}={arguments[key]}"
        for key in _OF_NOTE
        if _is_set(arguments.get(key)) and arguments[key] != arguments.get("pretrained")
    )


def _changes(key: str, value: object) -> bool:
    text = str(value).removeprefix("torch.")
    if key in ("dtype", "model_dtype"):
        return text not in _TYPES
    if key == "load_format":
        return text not in _WHOLE_WEIGHTS
    return key not in _HARMLESS and bool(_CHANGES_WEIGHTS.search(key))


def _is_set(value: object) -> bool:
    return str(value).lower() not in ("false", "none", "")
