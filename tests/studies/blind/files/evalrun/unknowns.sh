#!/usr/bin/env bash
set -eu
: "${REV:?give a revision}"
source ./cluster.env
hf download EleutherAI/pythia-410m --revision "${REV}"
hf download EleutherAI/pythia-1b-deduped --revision "$(python pick.py --best)"
lm_eval --model hf --model_args pretrained=EleutherAI/pythia-6.9b,revision=${CKPT} --tasks mmlu
huggingface-cli download bigscience/bloom-560m
cp -r /shared/pythia-410m-hf "$TMPDIR/pythia"
sbatch --job-name pythia_6.9b_eval eval.slurm
