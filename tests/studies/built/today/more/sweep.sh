#!/usr/bin/env bash
# evaluates pythia-6.9b step1000 first
set -eu
MODEL=EleutherAI/pythia-2.8b
for step in 512 1000 66000; do
  lm_eval --model hf --model_args pretrained=$MODEL,revision=step$step --tasks piqa \
    --output_path results/pythia-2.8b/step$step
done
lm_eval --model vllm --model_args pretrained=EleutherAI/pythia-6.9b,revision=$1 --tasks mmlu
echo "done with pythia-6.9b"
huggingface-cli download EleutherAI/pythia-1.4b-deduped --revision step2000
for size in 14m 31m; do python train.py --base EleutherAI/pythia-$size; done
