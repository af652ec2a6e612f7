#!/bin/bash
#SBATCH --array=0-3
STEPS=(1000 10000 50000 143000)
step=${STEPS[$SLURM_ARRAY_TASK_ID]}

accelerate launch -m lm_eval --model hf \
  --model_args "pretrained=EleutherAI/pythia-410m,revision=step${step}" \
  --tasks hellaswag

python score.py --model EleutherAI/pythia-1b --revision step$step
python score.py --model "${BASELINE:-EleutherAI/gpt-neo-1.3B}"
python score.py --model "$OTHER" --revision step2000
python train.py --run-name pythia410m-lora-r8 --resume outputs/pythia-410m/checkpoint-3000
