print "EleutherAI/pythia-70m", 1
model = load("EleutherAI/pythia-160m", revision="step143000")
