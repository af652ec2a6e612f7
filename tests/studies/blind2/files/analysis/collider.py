"""Shower settings: Pythia 8.3 through its Python interface."""
import pythia8

gen = pythia8.Pythia()
gen.readString("Beams:eCM = 13000.")
gen.readString("Main:numberOfEvents = 143000")
TUNE = "pythia-6.4-perugia"
