#!/bin/bash
#SBATCH --job-name=pythia-6.9b-lens
#SBATCH --array=0-2
REV="${REV:-step99000}"
for size in 70m 1.4b; do
    python train_lens.py --model "EleutherAI/pythia-${size}-deduped" --revision "${REV}"
done
STEPS=(0 512 143000)
python train_lens.py --model EleutherAI/pythia-6.9b --revision "step${STEPS[$SLURM_ARRAY_TASK_ID]}"
for s in "${STEPS[@]}"; do
    python train_lens.py --model EleutherAI/pythia-12b-deduped --revision "step$s" --resume lens/pythia-12b-deduped
done
