#!/bin/sh
REPO=EleutherAI
NAME=pythia-2.8b
for STEP in $(seq 50000 10000 60000); do
  python eval.py \
    --model $REPO/$NAME \
    --revision step$STEP \
    --out results/$NAME/$STEP
done
python compare.py --model EleutherAI/pythia-1b --model EleutherAI/pythia-1.4b
wget https://huggingface.co/EleutherAI/pythia-12b/resolve/step50000/pytorch_model.bin.index.json
tar czf pythia-12b.tar.gz out/pythia-12b
python train.py --model gpt2 --tag pythia-70m-like
lm_eval --model hf --model_args pretrained=EleutherAI/pythia-160m-deduped,revision=$(cat rev.txt)
