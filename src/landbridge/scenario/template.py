"""What `landbridge new` writes."""

from __future__ import annotations

TEMPLATE = """\
# A landbridge scenario. Run it:  landbridge check THIS && landbridge run THIS --out out/mine
title = "My scenario"
author = ""
source = ""                # where the idea or the figures come from
date = 2023-10-17          # rules are read on this day
baseline = "2023-10"       # the world it starts from
description = ""

# Actions follow; delete what you do not need. One key a line. Names: `landbridge rules list`, `landbridge route A B`.

[[build]]                  # a railway, road, port, pipeline, LNG terminal; or project = "..." from the shipped list
kind = "rail"
via = ["Kashgar", "Osh", "Andijan"]
gauge_mm = 1435
speed_kmh = 60
cost_usd = 8e9
opens = 2030
source = "your source"

# [[improve]]              # faster, cheaper, wider: a crossing, port, passage, border (ARM-TUR), country,
#                          # @GROUP, project or corridor (middle-corridor)
# where = "khorgos-altynkol"
# time_factor = 0.5

# [[close]]                # a strait, port, crossing, border or pipeline; share and days are optional
# where = "suez"
# share = 1.0
# days = 365

# [[join]]                 # rules refer to dated groups: joining one is one line
# who = ["CHN"]
# groups = ["PRICE_CAP"]

# [[rule]]                 # the rule language of `landbridge rules show ID`
# id = "my-ban"
# by = "IND"
# action = "import"
# who = "origin=RUS good=crude mode=sea"
# where = "country=IND"
# effect = "forbid"
# from = "2023-10-01"

# [[tariff]]
# by = ["USA"]
# on = ["CHN"]
# rate = 0.25

# [[shock]]
# what = "demand"
# good = "gas"
# where = "CHN"
# factor = 1.1
"""
