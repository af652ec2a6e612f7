print "loading"
MODEL = "EleutherAI/pythia-1b"
# MODEL = "EleutherAI/pythia-2.8b"
model = load("EleutherAI/pythia-2.8b", revision="step110000")
other = load("EleutherAI/pythia-2.8b", revision=branch)
print "pythia is loaded"
