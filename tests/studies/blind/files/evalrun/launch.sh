#!/usr/bin/env bash
#SBATCH --job-name=pythia-eval
#SBATCH --output=logs/pythia-410m-%j.out
set -euo pipefail

MODEL=EleutherAI/pythia-410m-deduped
STEPS="1000 8000 64000 143000"
OUT=${OUT:-results}

for STEP in $STEPS; do
    lm_eval --model hf \
        --model_args pretrained=${MODEL},revision=step${STEP},dtype=float32 \
        --tasks lambada_openai,arc_easy \
        --batch_size 32 \
        --output_path "$OUT/step${STEP}"
done

lm_eval --model hf \
    --model_args pretrained=EleutherAI/pythia-2.8b,revision=step5000 \
    --tasks piqa --output_path results/pythia-2.8b_step5000

# same thing with the small one
lm-eval --model hf --model_args "pretrained=EleutherAI/pythia-70m,revision=step143000" --tasks sciq

python main.py --model hf-causal --model_args pretrained=bigscience/bloom-1b1 --tasks piqa
