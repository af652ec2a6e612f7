#!/usr/bin/env bash
set -euo pipefail
MODEL=EleutherAI/pythia-1b
for step in $(seq 10000 10000 50000); do
  lm_eval --model hf \
    --model_args "pretrained=${MODEL},revision=step${step}" \
    --tasks hellaswag,piqa --device cuda:0 \
    --output_path "results/pythia-1b/step${step}"
done
# EleutherAI/pythia-12b does not fit on our card, never run it here
