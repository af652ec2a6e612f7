"""Numbers with their nouns, as every sentence has them."""


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 model`, `1,234 models`, `2 branches`."""
    plural = noun + ("es" if noun.endswith(("s", "sh", "ch", "x")) else "s")
    return f"{number:,} {noun if number == 1 else plural}"
