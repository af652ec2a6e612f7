python main.py --model hf-causal --model_args pretrained=EleutherAI/pythia-6.7b,revision=step100000
