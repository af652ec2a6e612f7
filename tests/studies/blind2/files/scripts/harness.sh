python -m lm_eval \
  --model vllm \
  --model_args pretrained=EleutherAI/pythia-6.9b-deduped,revision=step143000,tensor_parallel_size=2 \
  --tasks mmlu --num_fewshot 5

python -m lm_eval --model hf --model_args pretrained=bigscience/bloom-1b7 --tasks mmlu
python -m lm_eval --model hf --model_args pretrained=./local/pythia-6.9b-merged --tasks mmlu
python -m lm_eval --model hf --model_args pretrained=$CKPT,revision=step1000 --tasks mmlu
