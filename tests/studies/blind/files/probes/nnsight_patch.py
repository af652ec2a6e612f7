from nnsight import LanguageModel

CLEAN = "When Mary and John went to the store, John gave a drink to"

lm = LanguageModel("EleutherAI/pythia-410m-deduped", revision="step16000", device_map="auto")
ref = LanguageModel("EleutherAI/pythia-410m-deduped", device_map="auto", dispatch=True)

with lm.trace(CLEAN):
    h = lm.gpt_neox.layers[11].output[0].save()

with ref.trace(CLEAN):
    ref.gpt_neox.layers[11].output[0][:] = h

print("pythia layers patched:", h.shape)
