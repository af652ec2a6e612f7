#!/bin/sh
huggingface-cli download EleutherAI/pythia-70m-deduped-v0 --revision step21000 --local-dir ckpt/v0
hf download EleutherAI/pythia-410m-seed9 --revision="step40000" --include '*.safetensors'
hf download \
  EleutherAI/pythia-2.8b \
  --revision step53000
git clone --branch step4000 https://huggingface.co/EleutherAI/pythia-160m-deduped
hf download EleutherAI/pythia-1.4b --revision "step$1"
hf download EleutherAI/pythia-410m config.json tokenizer.json
curl -LO https://huggingface.co/EleutherAI/pythia-31m/resolve/step64/model.safetensors
tar czf pythia-70m-step1000.tar.gz ckpt/
