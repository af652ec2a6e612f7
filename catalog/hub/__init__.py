"""The Hugging Face Hub: the only ring that imports huggingface_hub.

`client` asks what a repository holds, `downloads` fetches its files. Looking into the Hub's cache
needs no client and is in `catalog.weights.cache`.
"""
