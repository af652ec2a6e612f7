#!/bin/bash
models=("EleutherAI/pythia-160m" "EleutherAI/pythia-1b")
for model in "${models[@]}"; do
  for rev in step0 step512 main; do
    accelerate launch eval.py --model_name_or_path ${model} --revision ${rev}
  done
done
size=${1:-410m}
python probe.py --model EleutherAI/pythia-${size}
CUDA_VISIBLE_DEVICES=0 lm_eval --model hf --model_args "pretrained=EleutherAI/pythia-2.8b,revision=step120000,parallelize=True" --tasks wikitext
# lm_eval --model hf --model_args pretrained=EleutherAI/pythia-2.8b
rsync -a pythia-2.8b/ backup/pythia-2.8b
hf download EleutherAI/pythia-6.9b-deduped --revision step143000 --local-dir ckpt
