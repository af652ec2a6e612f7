#!/bin/bash
# usage: download.sh REVISION
export HF_HOME=/scratch/hf
REV="$1"

huggingface-cli download EleutherAI/pythia-1.4b --revision step20000 --local-dir /scratch/pythia-1.4b/step20000
hf download EleutherAI/pythia-1b-deduped --revision step99000
huggingface-cli download EleutherAI/pythia-6.9b --revision "$REV"
huggingface-cli download facebook/opt-2.7b --include "*.bin"
hf download EleutherAI/pile-deduped-pythia-preshuffled --repo-type dataset

for i in $(seq 10000 10000 140000); do
    huggingface-cli download EleutherAI/pythia-160m-weight-seed2 --revision "step$i" --quiet
done

for size in 70m 160m 410m; do
  for n in 0 1 2 4 8 16 32 64 128 256 512; do
    hf download "EleutherAI/pythia-${size}" --revision "step${n}"
  done
done

git clone --branch step30000 https://huggingface.co/EleutherAI/pythia-31m
wget https://huggingface.co/EleutherAI/pythia-70m/resolve/step256/model.safetensors
tar czf pythia-70m-step256.tar.gz model.safetensors
