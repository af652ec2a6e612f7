"""Minimal parton-shower study."""
import pythia8

pythia = pythia8.Pythia()
pythia.readString("Beams:eCM = 13000.")
pythia.readString("HardQCD:all = on")
pythia.init()

VERSION = "Pythia 8.310"
steps = [1000, 2000, 143000]
for n in steps:
    for _ in range(n):
        pythia.next()

out = "pythia-8.3-jets_step1000.root"
