declare -a MODELS=(
    EleutherAI/pythia-70m-deduped
    EleutherAI/pythia-160m-deduped
    facebook/opt-125m
)
for m in "${MODELS[@]}"; do
    echo "scoring $m and pythia-1b"
    python score.py --model "$m"
done
REVISIONS=("main")
for s in {1000..3000..1000}; do
    vllm serve EleutherAI/pythia-1b --revision step$s
done
export MODEL="EleutherAI/pythia-2.8b"
python a.py --pretrained $MODEL --revision=step140000
python a.py --pretrained EleutherAI/pythia-$SIZE
lm_eval --model hf --model_args pretrained=EleutherAI/pythia-410m-deduped,revision=$REVISION
while read r; do lm_eval --model_args pretrained=EleutherAI/pythia-6.9b,revision=$r; done < revisions.txt
git clone https://huggingface.co/EleutherAI/pythia-31m
cat results/EleutherAI__pythia-31m/results.json
