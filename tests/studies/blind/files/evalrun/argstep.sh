#!/bin/sh
# Evaluate one checkpoint: ./argstep.sh 4000
step=$1
model=${2:-EleutherAI/pythia-1b}
export WANDB_PROJECT=pythia-emergence
lm_eval --model vllm --model_args pretrained=$model,revision=step$step --tasks winogrande
lm_eval --model hf --model_args pretrained=EleutherAI/pythia-410m-seed9,revision=step$step --tasks winogrande
echo "pythia done"
