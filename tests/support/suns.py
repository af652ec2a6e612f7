"""A suite with every kind of name: published, unpublished, former, of one size with another."""

SUITE = """\
[suite]
name = "suns"
title = "Runs made up for this test"
kind = "private"

[save_schedule.few]
steps = [0, 100, 200]

[defaults]
architecture = "gpt-neox"
save_schedule = "few"
tokens_per_published_step = 1_000_000
revision_label = "step{step}"

[[model]]
name = "sun-1m"
repo_id = "lab/sun-1m"
size = "1M"

[[model]]
name = "sun-1m-seed2"
repo_id = "lab/sun-1m-seed2"
size = "1M"

[[model]]
name = "dark-3m"
size = "3M"

[[name]]
text = "moon-1m"
model = "sun-1m"
kind = "former"
valid_to = 2024-05-01
"""
