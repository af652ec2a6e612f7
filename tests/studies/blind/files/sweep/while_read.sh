#!/bin/bash
# revisions come from a file made by hand
while read -r rev; do
  lm_eval --model vllm --model_args pretrained=EleutherAI/pythia-2.8b,revision=$rev,dtype=auto --tasks hellaswag
done < pythia-revisions.txt

case "$1" in
  small) M=EleutherAI/pythia-160m-deduped ;;
  large) M=EleutherAI/pythia-6.9b-deduped ;;
esac
python probe.py --model_name "$M" --revision step99000

for m in EleutherAI/pythia-70m EleutherAI/gpt-neo-125m; do
  python probe.py --model_name $m
done

revisions=(main)
for s in 1 8 64 512; do revisions+=("step$s"); done
for r in "${revisions[@]}"; do
  python probe.py --model_name EleutherAI/pythia-31m --revision "$r" --out out/pythia31m/$r
done
# python probe.py --model_name EleutherAI/pythia-12b --revision step1000   # too large
